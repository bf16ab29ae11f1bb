"""The product's layers, as `infra.layers` built them."""

from pathlib import Path

from aws_cdk import AssetHashType, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.settings import Environment, SettingsError

BUILD = Path(__file__).resolve().parent.parent.parent / "build" / "layers"


class Layers(Construct):
    """`tradewind` and `runtime` for every function, `http` for those that call the outside.

    `api` is what answers people: `http`, and pydantic. `archiving` is what writes Parquet, `backfilling` what
    reads it and calls the outside.

    `fetching` is what fetches bars: `http`, and the library ccxt where a market is reached through it.

    `venues` is what trades at venues: likewise.
    """

    def __init__(
        self, scope: Construct, environment: Environment, *, ccxt: bool = False, ccxt_venue: bool = False
    ) -> None:
        super().__init__(scope, "Layers")
        self._environment = environment
        self.base = [self._layer("runtime"), self._layer("tradewind")]
        self.http = [*self.base, self._layer("http")]
        self.api = [*self.http, self._layer("api")]
        parquet = self._layer("parquet")
        self.archiving, self.backfilling = [*self.base, parquet], [*self.http, parquet]
        library = [self._layer("ccxt")] if ccxt or ccxt_venue else []
        self.fetching = [*self.http, *library] if ccxt else self.http
        self.venues = [*self.http, *library] if ccxt_venue else self.http

    def _layer(self, name: str) -> lambda_.LayerVersion:
        folder = BUILD / self._environment.layer_platform
        stamp = folder / f"{name}.digest"
        if not stamp.is_file():
            raise SettingsError(f"the layer {name} is not built for {folder.name}: run `make layers` first")
        arm = self._environment.architecture == "arm64"
        return lambda_.LayerVersion(
            self,
            name.title(),
            layer_version_name=f"tradewind-{self._environment.name}-{name}",
            # The hash of its sources names it: an unchanged layer is never uploaded again.
            code=lambda_.Code.from_asset(
                str(folder / name), asset_hash=stamp.read_text(), asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_architectures=[lambda_.Architecture.ARM_64 if arm else lambda_.Architecture.X86_64],
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            removal_policy=RemovalPolicy.DESTROY,
        )


def code_version(environment: Environment) -> str:
    """Return what tells one deployed code from another: the beginning of its layer's digest."""
    stamp = BUILD / environment.layer_platform / "tradewind.digest"
    return stamp.read_text().strip()[:12] if stamp.is_file() else "unknown"
