"""The generators behind random.random(), numpy.random.rand() and the like: one a kernel, so that a seed set in one
kernel is not drawn from by another.

The libraries' single instances become ones that hand on; the functions of the modules are bound to those before any
kernel imports them, hence also what `from random import random` gives.
"""

import os
import pickle
import random

from . import privates
from .context import PerKernel
from .import_hooks import after_import

_process = privates.find("random_instance")
_generator = PerKernel(random.Random, _process)
_numpy = []  # the same of numpy.random, once that is imported


class RoutedRandom(random.Random):
    """Random's other methods are made of these."""

    def seed(self, a=None, version=2):
        _generator().seed(a, version)

    def random(self):
        return _generator().random()

    def getrandbits(self, k):
        return _generator().getrandbits(k)

    def getstate(self):
        return _generator().getstate()

    def setstate(self, state):
        _generator().setstate(state)

    @property
    def gauss_next(self):
        return _generator().gauss_next

    @gauss_next.setter
    def gauss_next(self, value):
        _generator().gauss_next = value


def _bind(module, before, after):
    """Makes functions of the module that are methods of `before` those of `after`."""
    for name, function in list(vars(module).items()):
        if getattr(function, "__self__", None) is before:
            setattr(module, name, getattr(after, name))


def _route_numpy(numpy_random):
    mtrand = numpy_random.mtrand
    state = PerKernel(mtrand.RandomState, mtrand._rand)
    _numpy.append(state)

    def handing_on(name):
        def method(self, *args, **kwargs):
            return getattr(state(), name)(*args, **kwargs)

        original = getattr(mtrand.RandomState, name)
        method.__name__ = method.__qualname__ = name
        method.__doc__ = original.__doc__
        return method

    names = [name for name in dir(mtrand.RandomState) if not name.startswith("_")]
    names += ["__reduce__", "__getstate__", "__setstate__"]
    members = {name: handing_on(name) for name in names}
    members["_bit_generator"] = property(lambda self: state()._bit_generator)
    routed = type("RandomState", (mtrand.RandomState,), members)()

    def set_bit_generator(bitgen):
        state.replace(mtrand.RandomState(bitgen))

    set_bit_generator.__doc__ = mtrand.set_bit_generator.__doc__
    for module in (mtrand, numpy_random):
        _bind(module, state.outside, routed)
        module.set_bit_generator = set_bit_generator
    mtrand._rand = routed


def state_of(kernel):
    """To be compared: what the running kernel's code has drawn so far."""
    made = [kernel.own[of] for of in (_generator, *_numpy) if of in kernel.own]
    return [_state(generator) for generator in made]


def _state(generator):
    if isinstance(generator, random.Random):
        return generator.getstate()
    return pickle.dumps(generator.get_state(legacy=False))


def install():
    if _process is not None:
        routed = RoutedRandom()
        privates.replace("random_instance", routed)
        _bind(random, _process, routed)
        os.register_at_fork(after_in_child=routed.seed)
    after_import("numpy.random", _route_numpy)


__all__ = ["install", "state_of"]
