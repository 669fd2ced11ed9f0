"""Many IPython kernels in one process: the part of Corncob that must be Python.

The daemon embeds this package and imports it from memory. Its counterpart in C++ is the module `corncob_port`
(cpython_module.cpp). Entry points, all called with the GIL held:

* `runtime.start()` once a process, before any kernel;
* `kernel.run(assignment)` on each kernel's own thread, returns when that kernel has ended;
* `language.answer(kernel, msg_type, content)` on the language thread, beside whatever the kernel runs.
"""
