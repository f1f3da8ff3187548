"""Every method of the comparison: what it is called, on which priors and tasks it runs, with which settings."""

import dataclasses

import classical
import latent
import plug_and_play
import posterior

ANY = ("denoise", "deblur", "inpaint", "super-resolve")


@dataclasses.dataclass(frozen=True)
class Method:
    """One row of the tables. `solve` (problem, prior, generator, **settings) -> (1,3,H,W); none for dcdp itself."""

    name: str
    title: str
    group: str  # pixel, latent, classical or ours
    priors: tuple
    kinds: tuple  # of problems
    solve: callable = None
    settings: dict = dataclasses.field(default_factory=dict)
    fewer: dict = dataclasses.field(default_factory=dict)  # what takes their place in a short run
    quick: dict = dataclasses.field(default_factory=dict)  # and in the quick one
    options: tuple = ()  # of `dcdp restore`, in a quick run with `quick_options`
    quick_options: tuple = ()
    by_kind: dict = dataclasses.field(default_factory=dict)  # settings of a kind of problem

    def set_for(self, kind, length):
        """The settings for a problem: length is `full`, `short` or `quick`."""
        if self.solve is None:
            return {"options": [*self.options, *(self.quick_options if length == "quick" else ())]}
        chosen = {**self.settings, **self.by_kind.get(kind, {})}
        if length in ("short", "quick"):
            chosen |= self.fewer
        if length == "quick":
            chosen |= self.quick
        return chosen


def theirs(name, title, group, solve, settings, **more):
    priors = {"pixel": ("photo",), "latent": ("photo-latent",), "classical": ("",)}[group]
    return Method(name, title, group, more.pop("priors", priors), more.pop("kinds", ANY), solve, settings, **more)


def ours(name, title, priors, *options, quick=("--rounds", "2"), kinds=ANY):
    return Method(name, title, "ours", priors, kinds, options=options, quick_options=quick)


# Full: the authors' numbers of steps; short: what fits a processor, guidance reaching as far (posterior.per_step). Where
# each number is from: docs/COMPARISON.md.
METHODS = [
    theirs("dps", "DPS", "pixel", posterior.dps, {"steps": 1000, "scale": 0.3}, fewer={"steps": 100},
           quick={"steps": 4}, by_kind={"inpaint": {"scale": 0.5}}),
    theirs("mcg", "MCG", "pixel", posterior.mcg, {"steps": 1000, "scale": 1.0}, fewer={"steps": 100},
           quick={"steps": 4}),
    theirs("pnp-admm", "PnP-ADMM", "pixel", plug_and_play.pnp_admm, {"iterations": 12, "rho": 0.2, "strength": 10},
           quick={"iterations": 2}),
    ours("paper-v1", "DCDP, Version 1", ("photo",), "--preset", "paper"),
    ours("paper-v2", "DCDP, Version 2", ("photo",), "--preset", "paper", "--sampler", "tweedie"),
    ours("consistency", "DCDP, consistency model", ("photo-cm",), "--preset", "paper"),
    theirs("latent-dps", "Latent-DPS", "latent", latent.latent_dps, {"steps": 1000, "scale": 0.1},
           fewer={"steps": 100}, quick={"steps": 4}, by_kind={"super-resolve": {"scale": 0.9}}),
    theirs("psld", "PSLD", "latent", latent.psld, {"steps": 1000, "omega": 0.1, "gamma": 0.1}, fewer={"steps": 100},
           quick={"steps": 4}, by_kind={"super-resolve": {"omega": 0.9}}),
    theirs("resample", "ReSample", "latent", latent.resample, {"steps": 500, "every": 10, "iterations": [2000, 500]},
           fewer={"steps": 50, "iterations": [200, 50]}, quick={"steps": 6, "every": 2, "iterations": [5, 5]}),
    ours("latent-1", "DCDP in latents, Approach I", ("photo-latent",), "--preset", "paper", "--latent-approach",
         "latent", "--gradient-steps", "25", kinds=("inpaint", "super-resolve")),
    ours("latent-2", "DCDP in latents, Approach II", ("photo-latent",), "--preset", "paper", "--latent-approach",
         "pixel"),
    theirs("diffpir", "DiffPIR", "pixel", plug_and_play.diffpir, {"steps": 100, "lambda_": 7.0, "zeta": 0.3},
           priors=("photo", "ffdnet"), quick={"steps": 4},
           by_kind={"inpaint": {"steps": 20, "lambda_": 1.0, "zeta": 1.0}, "super-resolve": {"zeta": 0.25}}),
    theirs("ddrm", "DDRM", "pixel", plug_and_play.ddrm, {"steps": 20, "eta": 0.85, "etab": 1.0}, quick={"steps": 4}),
    theirs("dpir", "DPIR", "pixel", plug_and_play.dpir, {"rounds": 8, "last": 0.0, "lowest": 2.55},
           priors=("photo", "ffdnet"), kinds=("deblur", "super-resolve"), quick={"rounds": 2},
           by_kind={"super-resolve": {"rounds": 24, "last": 4.0, "lowest": 0.255}}),
    ours("fast", "dcdp, fast", ("photo", "ffdnet"), "--preset", "fast"),
    ours("default", "dcdp, default", ("photo", "ffdnet"), quick=()),
    ours("best", "dcdp, best", ("photo", "ffdnet"), "--preset", "best"),
    theirs("untouched", "the measurement", "classical", classical.untouched, {}),
    theirs("bicubic", "bicubic", "classical", classical.bicubic, {}, kinds=("super-resolve",)),
    theirs("richardson-lucy", "Richardson–Lucy", "classical", classical.richardson_lucy, {"iterations": 30},
           kinds=("deblur",)),
    theirs("wiener", "Wiener", "classical", classical.wiener, {"balance": 10.0}, kinds=("deblur",)),
    theirs("telea", "Telea", "classical", classical.telea, {}, kinds=("inpaint",)),
    theirs("biharmonic", "biharmonic", "classical", classical.biharmonic, {}, kinds=("inpaint",)),
    theirs("non-local-means", "non-local means", "classical", classical.non_local_means, {}, kinds=("denoise",)),
    theirs("cbm3d", "CBM3D", "classical", classical.cbm3d, {}, kinds=("denoise",)),
]


def runs(method, problem):
    """Whether a method is made for a problem."""
    if problem.kind not in method.kinds:
        return False
    # Reflect-padded blurs by an arbitrary kernel have no singular value decomposition to hand.
    return method.name != "ddrm" or hasattr(problem.physics, "mask")
