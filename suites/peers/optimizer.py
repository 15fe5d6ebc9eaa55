"""Shared by the optimizer's peers: the names of tensor lists and schedules that reference/optimizer/ gives a meaning."""
import re

GPT2_BLOCK = [("g", 1, "w"), ("v", 1, "w"), ("m", "w", "3w"), ("v", 1, "3w"), ("m", "w", "w"), ("v", 1, "w"),
              ("g", 1, "w"), ("v", 1, "w"), ("m", "w", "f"), ("v", 1, "f"), ("m", "f", "w"), ("v", 1, "w")]


def expand(name):
    """[(letter, rows, columns)]: m matrix, v vector, g gain, e embedding table. NotImplementedError for other layouts."""
    if name == "none":
        return []
    if found := re.fullmatch(r"many_(\d+)", name):
        return [("mvgm"[i % 4], 1, 256 + i * 97 % 769) for i in range(int(found[1]))]
    if found := re.fullmatch(r"gpt2_124m(?:@(\d+))?", name):
        part = lambda extent: -(-extent // int(found[1] or 1))
        sizes = {1: 1, "w": part(768), "3w": 3 * part(768), "f": part(3072)}
        blocks = [(letter, sizes[rows], sizes[columns]) for letter, rows, columns in 12 * GPT2_BLOCK + GPT2_BLOCK[:2]]
        return [("e", part(50257), part(768)), ("e", part(1024), part(768)), *blocks]
    items = [re.fullmatch(r"(?:([me])(\d+)x|([vg]))(\d+)", item) for item in name.split("+")]
    if not all(items):
        raise NotImplementedError(f"tensors={name} is a layout that the peers do not know")
    return [(item[1] or item[3], int(item[2] or 1), int(item[4])) for item in items]


def tensors_of(name, arrays, of_elements, of_groups):
    """(letter, views...) per tensor: elements as (groups, group size), of_groups as (groups). A row of an embedding table is
    a group of its own, any other tensor is one group."""
    begin, group = 0, 0
    for letter, rows, columns in expand(name):
        end, groups = begin + rows * columns, rows if letter == "e" else 1
        yield (letter, *(arrays[one][begin:end].reshape(groups, -1) for one in of_elements), *(arrays[one][group:group + groups] for one in of_groups))
        begin, group = end, group + groups


def relative_rate(schedule, step):
    """Piecewise linear in micro-steps, as in reference/optimizer/schedule.hpp."""
    if schedule == "constant":
        return 1.0
    if step < 1000:
        return step / 1000
    return max(0.1, 1 - 0.9 * (step - 1000) / 9000) if schedule == "warmup_decay" else 1.0
