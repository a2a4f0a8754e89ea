"""When each character of a transcript is said: the likeliest alignment of its characters with the frames."""

# T frames, V characters and the blank (last), S states: blank, first character, blank, second, …, blank.

from collections.abc import Sequence

import numpy as np

from injerto.data.arrays import Floats


def align(log_likely_TV: Floats, characters: Sequence[int]) -> list[tuple[int, int, float]]:
    """First and last frame of each character, and its mean probability in them; by Viterbi.

    Raises `ValueError` where there are fewer frames than the characters need.
    """
    if not characters:
        return []
    blank = log_likely_TV.shape[1] - 1
    states = [blank]
    for character in characters:
        states += [character, blank]
    state_S = np.array(states)
    can_skip_S = np.zeros(len(states), dtype=bool)
    can_skip_S[2:] = (state_S[2:] != blank) & (state_S[2:] != state_S[:-2])
    score_S = np.full(len(states), -np.inf)
    score_S[:2] = log_likely_TV[0, state_S[:2]]
    came_TS = np.zeros((len(log_likely_TV), len(states)), dtype=np.int8)
    for time in range(1, len(log_likely_TV)):
        one = np.concatenate([[-np.inf], score_S[:-1]])
        two = np.where(can_skip_S, np.concatenate([[-np.inf, -np.inf], score_S[:-2]]), -np.inf)
        ways = np.stack([score_S, one, two])
        came_TS[time] = ways.argmax(axis=0)
        score_S = ways.max(axis=0) + log_likely_TV[time, state_S]
    state = len(states) - 1 if score_S[-1] >= score_S[-2] else len(states) - 2
    if not np.isfinite(score_S[state]):
        raise ValueError("fewer frames than the characters need")
    path = [state]
    for time in range(len(log_likely_TV) - 1, 0, -1):
        state -= int(came_TS[time, state])
        path.append(state)
    path.reverse()
    found = []
    for position, character in enumerate(characters):
        frames = [time for time, state in enumerate(path) if state == 2 * position + 1]
        likely = float(np.exp(log_likely_TV[frames, character]).mean())
        found.append((frames[0], frames[-1], likely))
    return found
