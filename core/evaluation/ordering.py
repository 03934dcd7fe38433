"""An order of people in which those who are taken for one another stand side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

MOST_FOR_BEST_ORDER = 300  # people; turning the branches of the tree so that neighbours fit takes their number cubed


def mean_answers(probabilities: npt.NDArray[np.floating[Any]], labels: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float64]:
    """Return what a network says on average about the faces of each person, float64 (C, C); zeros where there are none.

    Args:
        probabilities: (N, C).
        labels: int (N,), who the faces show.
    """
    classes = probabilities.shape[1]
    sums = np.zeros((classes, classes))
    np.add.at(sums, labels, probabilities)
    return sums / np.maximum(np.bincount(labels, minlength=classes), 1)[:, None]


def by_similarity(probabilities: npt.NDArray[np.floating[Any]], labels: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
    """Return the people, int64 (C,), ordered so that those whom a network confuses are neighbours.

    Two people are near where the faces of one get much probability for the other, even where the right name wins.

    Source:
        Agglomerative clustering with average linkage; the leaves as in Bar-Joseph et al., "Fast optimal leaf ordering for
        hierarchical clustering", Bioinformatics 17, 2001.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    classes = probabilities.shape[1]
    if classes < 3:
        return np.arange(classes)
    answers = mean_answers(probabilities, labels)
    near = (answers + answers.T) / 2
    # In logarithms, so that a little doubt counts beside a lot of it.
    apart = -np.log(np.clip(near, 1e-6, 1.0))
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=classes <= MOST_FOR_BEST_ORDER)
    return np.asarray(leaves_list(tree), np.int64)
