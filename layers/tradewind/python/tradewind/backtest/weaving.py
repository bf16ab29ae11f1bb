"""Compiling what only compiled code calls: left as it is until who calls it is compiled, and optimised there, once."""

from typing import Any

from numba._dynfunc import make_function
from numba.core import codegen, compiler, compiler_machinery, typed_passes

_Library: Any = codegen.JITCodeLibrary
_Compiler: Any = compiler.Compiler
_Steps: Any = compiler_machinery.PassManager
_Numbas: Any = typed_passes.NativeLowering
_registered: Any = compiler_machinery.register_pass


class _Thread(_Library):  # type: ignore[misc]
    """A function's code before any optimising, and what it calls.

    Numba optimises every function with all that it calls, and makes machine code of it. A walk of a hundred functions
    would be optimised a hundred times over, and its machine code made for nobody.
    """

    def finalize(self) -> None:
        """Take nothing in, optimise nothing and make no machine code."""
        self._raise_if_finalized()
        for library in self._linking_libraries:
            self._reload_init.update(library._reload_init)  # noqa: SLF001 - as what it stands in for does
        self._finalized = True

    @property
    def all(self) -> list[Any]:
        """Itself and all that it calls, however far."""
        found: dict[Any, None] = {self: None}
        for library in self._linking_libraries:
            found |= dict.fromkeys(library.all if isinstance(library, _Thread) else [library])
        return list(found)


@_registered(mutates_CFG=True, analysis_only=False)
class _Lowering(_Numbas):  # type: ignore[misc]
    _name = "tradewind_lowering"

    def run_pass(self, state: Any) -> bool:
        """Write a function's code, by which who calls it finds it."""
        library = state.library = _Thread(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        library.finalize()
        lowered = state["cr"]
        name = lowered.fndesc.qualname.rpartition(".")[2]
        known = make_function(lowered.fndesc.lookup_module(), name, "", 0, lowered.env, (library,))
        state.targetctx.insert_user_function(known, lowered.fndesc, library.all)
        state["cr"] = lowered._replace(cfunc=known)
        return True


class Weaver(_Compiler):  # type: ignore[misc]
    """Numba's compiler, but for its last step."""

    def define_pipelines(self) -> list[Any]:
        """Return Numba's steps with ours in the place of the last."""
        (numbas,) = super().define_pipelines()
        pipeline = _Steps("tradewind")
        for step, words in numbas.passes:
            pipeline.add_pass(_Lowering if step is _Numbas else step, words)
        pipeline.finalize()
        return [pipeline]
