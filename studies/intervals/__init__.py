"""How sure a difference is: variances, intervals, and the verdicts that they allow."""
