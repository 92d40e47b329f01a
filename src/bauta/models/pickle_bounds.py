"""Bounds on the objects that a pickle can create, from its instructions alone.

Names and calls are restricted by the unpickler. But a pickle of a few hundred bytes can also describe a tuple
that contains the same tuple twice, forty levels deep, which takes forever to hash, and a tuple that is nested
a million levels deep overflows the stack of the interpreter.
"""

import pickletools
import struct
from dataclasses import dataclass
from typing import IO, Any

DEEPEST = 200
"""Most levels of nested containers; Lightning's settings of callbacks and optimizers reach about 20."""

LONGEST = 500_000
"""Most instructions in a pickle; a checkpoint with its optimizer has some ten thousand."""

LARGEST = 1_000_000
"""Most objects in a tuple, with those in nested tuples counted as often as they are reached."""

MALFORMED = (ValueError, IndexError, KeyError, struct.error, MemoryError, OverflowError)
"""Errors that the standard library's disassembler and this module raise for bytes that are not a pickle."""

TUPLES = frozenset({"TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "FROZENSET"})
CONTAINERS = TUPLES | {"LIST", "DICT"}
FILLING = frozenset({"APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS"})
"""Instructions that move the top of the stack into the container below."""

Value = tuple[int, int]
"""Depth of an object, and the number of objects in it if it is a tuple, otherwise 1."""


@dataclass(frozen=True)
class _Mark:
    """Marks the start of a run of arguments on the stack."""


MARK = _Mark()


class PickleBoundsError(ValueError):
    """A pickle describes something too deep or too large."""


def check_pickle(file: IO[bytes]) -> None:
    """Follow the instructions of one pickle without creating objects; the file position ends up after it.

    Raises:
        PickleBoundsError: an object in it is too deep or too large.
        ValueError: it is not a pickle.
    """
    stack: list[Value | _Mark] = []
    memo: dict[int, Value] = {}
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            if number > LONGEST:
                raise PickleBoundsError(f"a pickle of more than {LONGEST:,} instructions")
            _step(opcode, argument, stack, memo)
    except PickleBoundsError:
        raise
    except MALFORMED as error:
        raise ValueError(f"no pickle: {str(error)[:100]}") from None


def _step(opcode: Any, argument: Any, stack: list[Value | _Mark], memo: dict[int, Value]) -> None:
    name = opcode.name
    if name == "MARK":
        stack.append(MARK)
    elif name in ("GET", "BINGET", "LONG_BINGET"):
        stack.append(memo[argument])
    elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
        memo[len(memo) if argument is None else argument] = _value(stack[-1])
    elif name == "DUP":
        stack.append(stack[-1])
    elif name == "POP" and stack[-1] is MARK:
        stack.pop()
    else:
        parts = _pop(opcode, stack)
        made = _made(name, parts)
        stack.extend([made] * len(opcode.stack_after))


def _pop(opcode: Any, stack: list[Value | _Mark]) -> list[Value]:
    """Remove the arguments of an instruction from the stack."""
    fixed = len(opcode.stack_before)
    if pickletools.markobject not in opcode.stack_before:
        parts = [stack.pop() for _ in range(fixed)]
        return [_value(part) for part in parts]
    taken: list[Value] = []
    while (part := stack.pop()) is not MARK:
        taken.append(_value(part))
    taken += [_value(stack.pop()) for _ in range(opcode.stack_before.index(pickletools.markobject))]
    return taken


def _made(name: str, parts: list[Value]) -> Value:
    depth = max((part[0] for part in parts), default=0) + (name in CONTAINERS)
    if name in FILLING:
        depth = max(parts[-1][0], 1 + max((part[0] for part in parts[:-1]), default=0))
    # Only tuples are hashed with all their contents; a list in a tuple cannot be hashed at all.
    count = 1 + sum(part[1] for part in parts) if name in TUPLES else 1
    if depth > DEEPEST:
        raise PickleBoundsError(f"containers more than {DEEPEST} deep")
    if count > LARGEST:
        raise PickleBoundsError(f"a tuple of more than {LARGEST:,} objects")
    return depth, count


def _value(part: Value | _Mark) -> Value:
    if isinstance(part, _Mark):
        raise ValueError("a mark where an object should be")
    return part
