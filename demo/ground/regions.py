"""Divide atoms into connected regions of given weights: townships, then communities."""

import math

import numpy as np


def divide(
    points: np.ndarray,
    mass: np.ndarray,
    near: dict[int, dict[int, float]],
    shares: np.ndarray,
    order_by: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Label of each atom, 0 … len(shares) - 1.

    points, mass: centre (metres) and weight of each atom. near: neighbours by index, with edge lengths.
    shares: wanted weights; the first shares lie where `order_by` is low.
    Atoms are halved again and again across their longer extent, so weights fit however uneven the land is.
    """
    label = np.zeros(len(points), dtype=int)
    todo = [(np.arange(len(points)), np.arange(len(shares)))]
    while todo:
        members, wanted = todo.pop()
        if len(wanted) == 1:
            label[members] = wanted[0]
            continue
        low, high = wanted[: len(wanted) // 2], wanted[len(wanted) // 2 :]
        line = members[np.argsort(_along(points[members], mass[members], rng), kind="stable")]
        half = len(line) // 2
        if order_by[line[:half]].mean() > order_by[line[half:]].mean():
            line = line[::-1]
        share = shares[low].sum() / shares[wanted].sum()
        cut = int(np.searchsorted(mass[line].cumsum(), share * mass[line].sum())) + 1
        cut = min(max(cut, len(low)), len(line) - len(high))
        todo += [(line[:cut], low), (line[cut:], high)]
    return _connect(label, near, mass, len(shares))


def _along(points: np.ndarray, mass: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Position along the longer extent of the weight, waved a little: borders should not be ruled lines.

    The extent is that of the middle seven tenths, so that a few far fields do not stretch a town into strips.
    """
    turns = rng.uniform(0, math.pi) + np.arange(8) * math.pi / 8
    lines = [points @ np.array([math.cos(turn), math.sin(turn)]) for turn in turns]
    best = int(np.argmax([_middle(line, mass) for line in lines]))
    along, across = lines[best], lines[(best + 4) % 8]
    span = float(np.ptp(across)) or 1.0
    return along + 0.05 * span * np.sin(across / span * rng.uniform(4, 9) + rng.uniform(0, 2 * math.pi))


def _middle(line: np.ndarray, mass: np.ndarray) -> float:
    order = np.argsort(line, kind="stable")
    share = mass[order].cumsum() / mass.sum()
    low, high = np.searchsorted(share, (0.15, 0.85))
    return float(line[order[min(high, len(line) - 1)]] - line[order[low]])


def _connect(
    label: np.ndarray, near: dict[int, dict[int, float]], mass: np.ndarray, count: int
) -> np.ndarray:
    """Keep the heaviest piece of each region; others go to the region with the longest common edge."""
    for _turn in range(4):
        moved = False
        for k in range(count):
            pieces = _pieces(np.flatnonzero(label == k), label, near)
            pieces.sort(key=lambda piece: (-mass[piece].sum(), piece[0]))
            for piece in pieces[1:]:
                edges: dict[int, float] = {}
                for n in piece:
                    for other, length in near[n].items():
                        if label[other] != k:
                            edges[int(label[other])] = edges.get(int(label[other]), 0.0) + length
                if edges:
                    label[piece] = max(edges, key=lambda r: (edges[r], -r))
                    moved = True
        if not moved:
            break
    return label


def _pieces(members: np.ndarray, label: np.ndarray, near: dict[int, dict[int, float]]) -> list[list[int]]:
    left, found = set(members.tolist()), []
    while left:
        stack, piece = [min(left)], []
        left.discard(stack[0])
        while stack:
            n = stack.pop()
            piece.append(n)
            for other in near[n]:
                if other in left:
                    left.discard(other)
                    stack.append(other)
        found.append(sorted(piece))
    return found
