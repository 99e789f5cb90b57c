"""How a study's rate was chosen, and its table, for a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.members import is_zero, read_phase
from dropsearch.studies.answer.words import count, metric_in_words, metric_of_each, targets_in_words
from dropsearch.studies.recommend.answer_table import InWords, Row, answer_rows
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.sentences.headline import splits_in_words
from dropsearch.studies.store.records import FINALISTS, StudyRecord
from dropsearch.studies.store.store import Store

SOURCES = {
    "Akiba et al. 2019": "T. Akiba, S. Sano, T. Yanase, T. Ohta, M. Koyama. Optuna: a "
    "next-generation hyperparameter optimization framework. KDD, 2019.",
    "Berger 1982": "R. L. Berger. Multiparameter hypothesis testing and acceptance sampling. "
    "Technometrics 24, 1982.",
    "Bergstra et al. 2011": "J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl. Algorithms for "
    "hyper-parameter optimization. NeurIPS 24, 2011.",
    "Bergstra & Bengio 2012": "J. Bergstra, Y. Bengio. Random search for hyper-parameter "
    "optimization. JMLR 13, 2012.",
    "Breiman et al. 1984": "L. Breiman, J. H. Friedman, R. A. Olshen, C. J. Stone. Classification "
    "and regression trees. Wadsworth, 1984.",
    "Cho et al. 2014": "K. Cho et al. Learning phrase representations using RNN encoder-decoder "
    "for statistical machine translation. EMNLP, 2014.",
    "Gal & Ghahramani 2016": "Y. Gal, Z. Ghahramani. A theoretically grounded application of "
    "dropout in recurrent neural networks. NeurIPS 29, 2016.",
    "Golovin et al. 2017": "D. Golovin, B. Solnik, S. Moitra, G. Kochanski, J. Karro, D. Sculley. "
    "Google Vizier: a service for black-box optimization. KDD, 2017.",
    "Hochreiter & Schmidhuber 1997": "S. Hochreiter, J. Schmidhuber. Long short-term memory. "
    "Neural Computation 9, 1997.",
    "Krueger et al. 2017": "D. Krueger et al. Zoneout: regularizing RNNs by randomly preserving "
    "hidden activations. ICLR, 2017.",
    "Lan & DeMets 1983": "K. K. G. Lan, D. L. DeMets. Discrete sequential boundaries for clinical "
    "trials. Biometrika 70, 1983.",
    "Merity et al. 2018": "S. Merity, N. S. Keskar, R. Socher. Regularizing and optimizing LSTM "
    "language models. ICLR, 2018.",
    "Nadeau & Bengio 2003": "C. Nadeau, Y. Bengio. Inference for the generalization error. Machine "
    "Learning 52, 2003.",
    "Polyak & Juditsky 1992": "B. T. Polyak, A. B. Juditsky. Acceleration of stochastic "
    "approximation by averaging. SIAM Journal on Control and Optimization 30, 1992.",
    "Satterthwaite 1946": "F. E. Satterthwaite. An approximate distribution of estimates of "
    "variance components. Biometrics Bulletin 2, 1946.",
    "Semeniuta et al. 2016": "S. Semeniuta, A. Severyn, E. Barth. Recurrent dropout without memory "
    "loss. COLING, 2016.",
    "Tango 1998": "T. Tango. Equivalence test and confidence interval for the difference in "
    "proportions for the paired-sample design. Statistics in Medicine 17, 1998.",
    "Zaremba et al. 2014": "W. Zaremba, I. Sutskever, O. Vinyals. Recurrent neural network "
    "regularization. arXiv:1409.2329, 2014.",
}
CELLS = {
    "lstm": "an LSTM (Hochreiter & Schmidhuber 1997)",
    "gru": "a network of GRU cells (Cho et al. 2014)",
}
SAMPLERS = {
    "tpe": "by a tree-structured Parzen estimator (Bergstra et al. 2011)",
    "random": "at random (Bergstra & Bengio 2012)",
    "grid": "over a grid",
}
FOLDS = {
    "kfold": "drawn at random",
    "stratified": "stratified by class",
    "group": "of whole groups",
    "expanding": "with training parts that expand in time",
    "blocked": "of blocks in time",
    "column": "given by a column of the data",
}
KINDS = {
    "update": "Semeniuta et al. 2016",
    "state": "Gal & Ghahramani 2016",
    "weight": "Merity et al. 2018",
    "zoneout": "Krueger et al. 2017",
}


@dataclass(frozen=True)
class Paper:
    """methods: a paragraph; sources: those that it names; table: LaTeX, None without a curve."""

    methods: str
    sources: list[str]
    table: str | None

    @classmethod
    def of(
        cls, store: Store, record: StudyRecord, answer: Answer | None, chosen: Recommendation
    ) -> Paper:
        methods = " ".join(_methods(store, record, answer, chosen))
        named = [full for name, full in SOURCES.items() if re.search(rf"\b{name}\b", methods)]
        return cls(methods, named, None if answer is None else _table(answer, chosen))


def _methods(
    store: Store, record: StudyRecord, answer: Answer | None, chosen: Recommendation
) -> Iterator[str]:
    config, found = record.config["search"], record.summary
    point = chosen.point
    mask = (
        "one mask for all steps of a sequence (Gal & Ghahramani 2016)"
        if point.get("mask") == "locked"
        else "a new mask at each step (Zaremba et al. 2014)"
    )
    acts = point.get("dropout.recurrent") or point.get("dropout.recurrent_hidden")
    kind = KINDS.get(point.get("recurrent", "none")) if acts else None
    recurrent = f", and recurrent dropout ({kind})" if kind else ""
    own = record.config["model"].get("network")
    network = f"{CELLS[point.get('cell', 'lstm')]} with {mask}{recurrent}"
    network = network if own is None else f"the network {own}"
    yield (
        f"The dropout rate of {network} was "
        f"chosen with dropsearch {record.versions['dropsearch']}, Optuna "
        f"{record.versions['optuna']} (Akiba et al. 2019) and PyTorch {record.versions['torch']}."
    )
    median = config["pruner"] == "median" and len(record.directions) == 1
    pruned = ", those below the median stopped (Golovin et al. 2017)," if median else ""
    learnt = len(found.get("before", []))
    known = f" and the scores of {count(learnt, 'trial')} of an earlier study" if learnt else ""
    given = f", begun with configurations given beforehand{known}," if "starts" in found else ""
    aside = (
        f"; {found['holdout']:,} more were kept aside for a final test" if found["holdout"] else ""
    )
    yield (
        f"A search of {count(chosen.trials, 'trial')}{given} {SAMPLERS[config['sampler']]}"
        f"{pruned} scored each by its {metric_in_words(record)} over the same "
        f"{len(found['folds'])} folds, {FOLDS[found['fold_kind']]}, of "
        f"{found['examples'] - found['holdout']:,} examples{aside}."
    )
    if weights := found.get("weights"):
        yield (
            f"It is the mean over the targets of the {metric_of_each(record)} of each: "
            f"{targets_in_words(found['targets'], weights)}."
        )
    if averaging := record.config["training"].get("averaging"):
        yield (
            "Networks were scored with an exponential average of their weights over the ends of "
            f"the epochs (Polyak & Juditsky 1992), {averaging:.3g} of the old."
        )
    if answer is None:
        yield "The best of these trials is reported; no other folds have checked it."
        return
    yield _finalists(store, record, answer)
    rates = ", ".join(f"{rate:.3g}" for rate in sorted(answer.rates.values()))
    compared = f"The rates {rates}" if rates else f"{len(answer.networks):,} configurations"
    yield (
        f"{compared} were compared on {splits_in_words(answer)}, the same for all, each fold "
        "scored at the epoch that the other folds chose."
    )
    if rivals := len({*answer.rivals.values()} - {*answer.family}):
        yield (
            f"{count(rivals, 'network')} with one other choice each, all else as in the "
            "recommended one, ran on the same splits."
        )
    yield from _statistics(answer)


def _finalists(store: Store, record: StudyRecord, answer: Answer) -> str:
    plan, confirm = record.plan, record.config["confirm"]
    assert plan is not None
    assert confirm is not None
    finalists = plan["finalists"]
    number = len(finalists)
    failed = read_phase(store, record, FINALISTS, finalists).members.count(None)
    behind = number - failed - len(plan["left"]) if "left" in plan else 0
    without = " and the best one without dropout" if any(map(is_zero, finalists)) else ""
    ended = f"{failed} of them failed; " if failed else ""
    if behind and confirm["repeats"] != 1:
        ended += (
            f"{behind} of them, behind the best by more than the 95 % interval of the "
            "paired difference after the first repeat, ran no more; "
        )
    return (
        f"{count(number, 'finalist')}, the best trials of different sizes{without}, ran again on "
        f"new seeds; {ended}the smallest network whose difference to the best is within one "
        "corrected standard error (Breiman et al. 1984, Nadeau & Bengio 2003) gave "
        f"{'everything but the rate' if answer.rates else 'the configuration'}."
    )


def _statistics(answer: Answer) -> Iterator[str]:
    summary = answer.record.summary
    if answer.by_examples:
        step = ", widened where few examples are judged otherwise (Tango 1998)"
        yield (
            "Differences are paired by example; the variances that examples and fits make are "
            "added, with degrees of freedom by Satterthwaite 1946"
            f"{step if summary.get('step') else ''}."
        )
    else:
        yield "Differences are paired by fold (corrected resampled t, Nadeau & Bengio 2003)."
    if answer.descriptive:
        yield "The intervals only describe, since the target is near a random walk."
        return
    confirm = answer.record.config["confirm"]
    spent = ""
    if confirm is not None and confirm["repeats"] == "auto" and answer.by_examples:
        spent = ", the error spent over the looks at the repeats (Lan & DeMets 1983)"
    yield (
        f"Intervals hold for all rates at once at {100 * answer.level:.4g} %, by the largest |t|"
        f"{spent}."
    )
    if answer.of_each(answer.zero):
        yield (
            "What is said of every rate against none rests on intervals of each rate by itself "
            "(Berger 1982)."
        )
    if answer.worth:
        yield f"Differences below {answer.worth:.2g} count as not worth having."


def _table(answer: Answer, chosen: Recommendation) -> str:
    metric = _tex(metric_in_words(answer.record))
    better = "higher" if answer.record.direction == "maximize" else "lower"
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{Mean {metric} ({better} is better) on {_tex(splits_in_words(answer))}, "
            rf"with its {answer.error_name}, and the difference to the recommended configuration "
            rf"(positive is better) with its interval at {100 * answer.level:.4g}\,\%.}}",
            r"\begin{tabular}{lrrrl}",
            r"\hline",
            rf"configuration & {metric} & difference & interval & \\",
            r"\hline",
            *(_row(row) for row in answer_rows(chosen.table)),
            r"\hline",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def _row(row: Row) -> str:
    name = _tex(row["name"])
    cells = [
        rf"\textbf{{{name}}}" if row["chosen"] else name,
        _maths(f"{row['score']} {row['error']}"),
        *_difference(row["beside"]),
        row["said"],
    ]
    return " & ".join(cells) + r" \\"


def _difference(found: InWords | None) -> tuple[str, str]:
    if found is None:
        return "", ""
    mean, ends = found
    return _maths(mean), _maths(f"[{ends.replace(' to ', ', ')}]")


def _maths(numbers: str) -> str:
    for sign, said in (("−", "-"), ("±", r"\pm"), ("∞", r"\infty")):
        numbers = numbers.replace(sign, said)
    return f"${numbers}$"


def _tex(words: str) -> str:
    """The same words where LaTeX would read signs."""
    named = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return re.sub(r"[\\~^&%$#_{}]", lambda sign: named.get(sign[0], "\\" + sign[0]), words)
