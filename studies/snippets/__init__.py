"""What people copy: the recommended network as code, and what a paper says of the study."""
