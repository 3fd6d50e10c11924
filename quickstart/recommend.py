"""The rules: which method fits the answers on this machine. Pure: no clock, no disk, no network."""

from __future__ import annotations

from collections.abc import Sequence

from quickstart.model import Alternative, Answers, Candidate, Machine, Recommendation


def recommend(answers: Answers, machine: Machine, methods: Sequence[Candidate]) -> Recommendation:
    """Recommend one method.

    Args:
        answers: what the person wants.
        machine: where they are.
        methods: in order of preference; the first suitable one is recommended, else the first.

    Returns:
        The method, its reasons, pros and cons, and what speaks for or against each of the others.
    """
    fits = [(method, method.fits(answers, machine)) for method in methods]
    chosen, fit = next((pair for pair in fits if pair[1].suitable), fits[0])
    return Recommendation(
        kind=chosen.kind,
        method=chosen.name,
        title=chosen.title,
        here=fit.here,
        reasons=fit.reasons,
        pros=chosen.pros,
        cons=chosen.cons,
        warnings=fit.warnings if fit.here else (*fit.warnings, fit.against),
        alternatives=tuple(
            Alternative(method.kind, method.name, other.suitable, other.against)
            for method, other in fits
            if method is not chosen
        ),
    )
