"""`bauta apply`: anonymize photographs with a chosen setting."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from bauta.apply.chosen import ChosenSetting
    from bauta.apply.run import Request, VideoEditor
    from bauta.models.store import ModelStore

NOT_PROCESSED = 3
"""Exit status if a file was not processed, or --verify matched a face or could not compare one."""

WHAT, HOW, OUTPUT, CHECK = "What to apply", "How faces are found and changed", "What is written", "Checks"
VIDEO = "Videos"


def apply(
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="IN...", help="Pictures, videos, and folders with everything below them."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results, new or empty.")],
    run: Annotated[
        Path | None,
        typer.Option(help="Results of a run, such as results/demo.", rich_help_panel=WHAT),
    ] = None,
    setting: Annotated[
        str | None,
        typer.Option(
            help="With --run: knee (the default), advice, or a setting of the run. Without: such as "
            '"blur kernel=61".',
            rich_help_panel=WHAT,
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="Dataset of the run whose knee or advice counts.", rich_help_panel=WHAT),
    ] = None,
    anonymizer: Annotated[
        str | None, typer.Option(help="Name of an anonymizer, such as blur.", rich_help_panel=WHAT)
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Option of the anonymizer; repeat it for several.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    kernel: Annotated[
        int | None, typer.Option(help="Short for --set kernel=…, of blur.", rich_help_panel=WHAT)
    ] = None,
    block: Annotated[
        int | None, typer.Option(help="Short for --set block=…, of pixelate.", rich_help_panel=WHAT)
    ] = None,
    fallback: Annotated[
        Literal["blackout", "blur"],
        typer.Option(help="What a face becomes that the anonymizer cannot change.", rich_help_panel=HOW),
    ] = "blackout",
    detector: Annotated[
        str | None, typer.Option(help="Face detector; that of the run, or mtcnn.", rich_help_panel=HOW)
    ] = None,
    min_face: Annotated[
        int,
        typer.Option(
            help="Shorter side, in pixels, of the smallest face that is looked for; less is slower.",
            rich_help_panel=HOW,
        ),
    ] = 24,
    models: Annotated[
        str | None,
        typer.Option(
            help="Folder of model files; otherwise BAUTA_MODELS, then the cache.", rich_help_panel=HOW
        ),
    ] = None,
    download: Annotated[
        bool,
        typer.Option("--download", help="Fetch an official model file that is missing.", rich_help_panel=HOW),
    ] = False,
    quality: Annotated[
        int, typer.Option(min=1, max=100, help="Quality of JPEG files.", rich_help_panel=OUTPUT)
    ] = 95,
    drop_profile: Annotated[
        bool,
        typer.Option("--drop-profile", help="Drop colour profiles, too.", rich_help_panel=OUTPUT),
    ] = False,
    keep_unprocessed: Annotated[
        bool,
        typer.Option(
            "--keep-unprocessed",
            help="Release pictures without a face, instead of putting them into unprocessed/.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an earlier run stopped.", rich_help_panel=OUTPUT)
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files in the folder.", rich_help_panel=OUTPUT)
    ] = False,
    codec: Annotated[
        Literal["h264", "hevc", "vp9", "ffv1"] | None,
        typer.Option(help="Codec of videos; h264 by default, vp9 in WebM.", rich_help_panel=VIDEO),
    ] = None,
    video_quality: Annotated[
        int | None,
        typer.Option(
            metavar="CRF",
            help="Constant rate factor of videos, lower is better; 18 by default for h264.",
            rich_help_panel=VIDEO,
        ),
    ] = None,
    lossless: Annotated[
        bool, typer.Option("--lossless", help="Encode videos without loss.", rich_help_panel=VIDEO)
    ] = False,
    audio: Annotated[
        Literal["keep", "drop"],
        typer.Option(help="Keep the sound of videos as it is, or drop it.", rich_help_panel=VIDEO),
    ] = "keep",
    bridge: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="Longest time for which a face in a video is followed although it is not detected.",
            rich_help_panel=VIDEO,
        ),
    ] = 1.0,
    close_look: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Time between two frames of a video that are searched for small faces and for faces at the "
            "border, which are followed in between; 0.2 by default, 0 for every frame.",
            rich_help_panel=VIDEO,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Threads that read and write; 2 to 4 by default.", rich_help_panel=OUTPUT
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", "-n", help="Only list the faces; nothing is written.", rich_help_panel=CHECK
        ),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Look at the results again, and list faces that a recognizer still matches.",
            rich_help_panel=CHECK,
        ),
    ] = False,
    recognizer: Annotated[
        str, typer.Option(help="Recognizer of --verify.", rich_help_panel=CHECK)
    ] = "dlib_resnet",
    threshold: Annotated[
        float | None,
        typer.Option(
            min=-1, max=1, help="Cosine from which on --verify counts a match.", rich_help_panel=CHECK
        ),
    ] = None,
    review: Annotated[
        bool,
        typer.Option("--review", help="Write review.html with boxes and thumbnails.", rich_help_panel=CHECK),
    ] = False,
    review_originals: Annotated[
        bool,
        typer.Option("--review-originals", help="Show the originals there, too.", rich_help_panel=CHECK),
    ] = False,
) -> None:
    """Anonymize every face of photographs and videos with the setting that won, or with any other.

    Everything around the faces stays; metadata (EXIF, GPS, thumbnails, comments) are left out. A picture in
    which no face was found goes to OUT/unprocessed/. The tables faces.csv and faces.parquet say for each face
    what was done and why.

    Exit status: 0 if all is well; 3 if a file was not processed, or if --verify matched a face or could
    not compare one; 1 for an error.
    """
    from bauta.inference.device import take_all_cores

    take_all_cores()
    from bauta.apply.pipeline import Options
    from bauta.apply.run import Request, apply_files, look_only

    named = {name: value for name, value in (("kernel", kernel), ("block", block)) if value is not None}
    chosen = _chosen(run, setting, dataset, anonymizer, [*(options or ())], named)
    request = Request(
        inputs=inputs,
        out=out,
        setting=chosen,
        detector=detector or chosen.detector,
        min_face=min_face,
        fallback=fallback,
        options=Options(
            quality=quality,
            keep_unprocessed=keep_unprocessed,
            keep_profile=not drop_profile,
            review=review or review_originals,
            review_originals=review_originals,
            workers=workers or min(4, max(2, os.cpu_count() or 1)),
        ),
        recognizer=recognizer if verify else None,
        threshold=threshold,
        resume=resume,
        overwrite=overwrite,
        models=_store(models, download=download),
        video={
            "codec": codec,
            "quality": video_quality,
            "lossless": lossless,
            "audio": audio,
            "bridge": bridge,
            "close_look": close_look,
        },
    )
    videos = _video_editor(request)
    if dry_run:
        for line in look_only(request):
            typer.echo(line)
        return
    results = apply_files(request, videos=videos, progress=True)
    typer.echo(f"{chosen.label}: {results.sentence()}")
    if not results.all_processed:
        raise typer.Exit(NOT_PROCESSED)


def _chosen(
    run: Path | None,
    setting: str | None,
    dataset: str | None,
    anonymizer: str | None,
    pairs: Sequence[str],
    named: dict[str, Any],
) -> "ChosenSetting":
    """The setting that the options name."""
    from bauta.apply.chosen import KNEE, parse_setting, read_options, setting_of_run
    from bauta.errors import ConfigError

    if run is not None:
        if anonymizer or pairs or named:
            raise ConfigError("--run names a measured setting: leave out --anonymizer and its options")
        return setting_of_run(run, setting or KNEE, dataset)
    if dataset is not None:
        raise ConfigError("--dataset is a dataset of a run: name the run with --run")
    if (setting is None) == (anonymizer is None):
        raise ConfigError(
            "name what to apply, once: --run results/demo, --setting 'blur kernel=61', or --anonymizer blur "
            "--kernel 61"
        )
    return parse_setting(setting or anonymizer or "", read_options(pairs) | named)


def _video_editor(request: "Request") -> "VideoEditor | None":
    """What edits videos; None where the packages for it are not installed."""
    try:
        from bauta.video.encoding import Encoding
        from bauta.video.files import VideoFiles
        from bauta.video.run import VideoOptions
    except ModuleNotFoundError as error:
        if error.name not in {"av", "supervision", "trackers"}:
            raise
        return None
    how = dict(request.video)
    times = {name: how.pop(name) for name in ("bridge", "close_look")}
    options = VideoOptions(Encoding(**how), **times, progress=True)
    return VideoFiles(options, keep_unprocessed=request.options.keep_unprocessed)


def _store(folder: str | None, *, download: bool) -> "ModelStore":
    from bauta.models.store import FOLDER_VARIABLE, ModelStore, user_cache

    place = folder or os.environ.get(FOLDER_VARIABLE)
    return ModelStore(folder=Path(place) if place else None, cache=user_cache(), download=download)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(apply)
