"""Where everything of a run lies: nothing else spells a path below `data/`, `cache/` or `results/`.

A path holds the wildcards of the rule that makes it, in braces. Rules take it as it is, and `fill` gives the
path of one artifact. `dvc.yaml`, which is data, has to spell the names again; a test holds the two equal.

`{dataset}` is a name of the configuration. `{crop}`, `{recognizer}`, `{view}`, `{teacher}`, `{estimator}`,
`{learner}`, `{tested}`, `{recipe}`, `{setting}` and `{generator}` are names with the digest of a key behind
them (`bauta.io.keyed_names`); `{index}`, `{people}` and `{digest}` are digests alone.
"""

from pathlib import Path

DATA, CACHE, RESULTS, LOGS = Path("data"), Path("cache"), Path("results"), Path("logs")
"""The folders in the working directory."""

KEY = "key.json"
"""Beside an artifact or in its folder: what went into its key."""


def fill(path: str, **wildcards: object) -> Path:
    """The path of one artifact.

    Args:
        path: A path of this module.
        wildcards: A value for each of its wildcards; more do no harm.
    """
    return Path(path.format_map(wildcards))


def _key_of(path: str) -> str:
    """The key that lies beside an artifact and has its name."""
    return f"{path.removesuffix('.zarr').removesuffix('.parquet')}.{KEY}"


# --- data/: images that bauta renders; what else lies there is a user's

RENDERED = "data/{dataset}-{digest}"
RENDERED_KEY = RENDERED + "/key.json"
TRUTH = RENDERED + "/truth.parquet"

# --- cache/: what is known of the images of a dataset

INDEX = "cache/{dataset}/index-{digest}"
INDEX_KEY = INDEX + "/key.json"
MANIFEST = INDEX + "/manifest.parquet"
IMAGES = INDEX + "/images"
SPLIT = "cache/{dataset}/index-{index}/split-{digest}.parquet"
SPLIT_KEY = _key_of(SPLIT)
ATTRIBUTES = "cache/{dataset}/index-{index}/attributes-{digest}.parquet"
ATTRIBUTES_KEY = _key_of(ATTRIBUTES)
VERDICT = "cache/{dataset}/index-{index}/feasibility-{digest}.json"

# --- cache/: what is made from the faces that one detector found

CROP = "cache/{dataset}/{crop}"
CROP_KEY = CROP + "/key.json"
DETECTIONS = CROP + "/detections.parquet"
ALIGNMENT = CROP + "/alignment.parquet"
CROPS = CROP + "/crops.zarr"
LANDMARKS = CROP + "/landmarks-{landmarks}-{digest}.zarr"
LANDMARKS_KEY = _key_of(LANDMARKS)
PARSING = CROP + "/parsing-{parsing}-{digest}.zarr"
PARSING_KEY = _key_of(PARSING)
FLAME = CROP + "/flame-{digest}.zarr"
FLAME_KEY = _key_of(FLAME)

GENERATOR = CROP + "/generators/{generator}"
GENERATOR_KEY = _key_of(GENERATOR)
ANONYMIZED = CROP + "/anonymized/{backend}/{setting}.zarr"
ANONYMIZED_KEY = _key_of(ANONYMIZED)
ANONYMIZED_TRAINING = CROP + "/anonymized_training/{backend}/{setting}.zarr"
ANONYMIZED_TRAINING_KEY = _key_of(ANONYMIZED_TRAINING)

EMBEDDINGS_KEY = CROP + "/embeddings/{recognizer}/key.json"
CLEAR_EMBEDDINGS = CROP + "/embeddings/{recognizer}/original.zarr"
ANONYMIZED_EMBEDDINGS = CROP + "/embeddings/{recognizer}/{backend}/{setting}.zarr"

PEOPLE = CROP + "/people-{people}"
ANONYMIZED_PEOPLE = PEOPLE + "/anonymized/{backend}/{setting}.zarr"
ANONYMIZED_PEOPLE_KEY = _key_of(ANONYMIZED_PEOPLE)
PEOPLE_EMBEDDINGS = PEOPLE + "/embeddings/{recognizer}/original.zarr"
PEOPLE_EMBEDDINGS_KEY = PEOPLE + "/embeddings/{recognizer}/key.json"
VIEW = PEOPLE + "/views/{view}/{recognizer}/{backend}/{setting}.zarr"
VIEW_KEY = _key_of(VIEW)

TEACHER = CROP + "/teachers/{teacher}"
TEACHER_KEY = _key_of(TEACHER)
ADAPTED_TEACHER = CROP + "/teachers/{teacher}/{backend}/{setting}"
ADAPTED_TEACHER_KEY = _key_of(ADAPTED_TEACHER)
POSTERIORS_KEY = CROP + "/posteriors/{teacher}/key.json"
CLEAR_POSTERIORS = CROP + "/posteriors/{teacher}/original.zarr"
TRAINING_POSTERIORS = CROP + "/posteriors/{teacher}/training.zarr"
ANONYMIZED_POSTERIORS = CROP + "/posteriors/{teacher}/{backend}/{setting}.zarr"

LEARNER = CROP + "/learners/{learner}/{backend}/{setting}"
LEARNER_KEY = _key_of(LEARNER)
LEARNER_POSTERIORS = CROP + "/learner_posteriors/{learner}/{tested}/{backend}/{setting}.zarr"
LEARNER_POSTERIORS_KEY = _key_of(LEARNER_POSTERIORS)

ESTIMATES_KEY = CROP + "/estimates/{estimator}/key.json"
CLEAR_ESTIMATES = CROP + "/estimates/{estimator}/original.zarr"
ANONYMIZED_ESTIMATES = CROP + "/estimates/{estimator}/{backend}/{setting}.zarr"

# --- cache/: what belongs to no dataset

MODEL_RECORDS = Path("cache/models")
MODEL_RECORD = "cache/models/{model}.json"
FINGERPRINTS = Path("cache/fingerprints")
POOLED_TEACHERS = Path("cache/teachers")
POOLED_TEACHER = "cache/teachers/{teacher}"
POOLED_TEACHER_KEY = _key_of(POOLED_TEACHER)
POOLED_GENERATORS = Path("cache/generators")
POOLED_GENERATOR = "cache/generators/{generator}"
POOLED_GENERATOR_KEY = _key_of(POOLED_GENERATOR)
POOLED_AVATARS = Path("cache/avatars")
POOLED_AVATAR = "cache/avatars/{book}"
POOLED_AVATAR_KEY = _key_of(POOLED_AVATAR)

RESERVED = {
    MODEL_RECORDS.name: "the records of model files",
    FINGERPRINTS.name: "the fingerprints of raw data",
    POOLED_TEACHERS.name: "pooled teachers",
    POOLED_GENERATORS.name: "pooled generators",
    POOLED_AVATARS.name: "the avatar's books",
}
"""Folders in `cache/` that are no dataset's, whose names no dataset may have, and what they hold."""

# --- in the folder of a run, results/<run>/

MEASUREMENTS = "measurements"
COVERAGE = "measurements/{dataset}/coverage-{digest}/{backend}/{setting}.json"
AUDIT = "measurements/{dataset}/audit-{digest}/{backend}/{setting}.json"
REALISM = "measurements/{dataset}/realism-{digest}/{backend}/{setting}.json"
PRESERVATION = "measurements/{dataset}/preservation-{digest}/{estimator}/{backend}/{setting}.json"
ATTACK_CLEAR = "measurements/{dataset}/attack-{digest}/{recognizer}/original/clear.json"
ATTACK = "measurements/{dataset}/attack-{digest}/{recognizer}/{backend}/{setting}.json"
ADAPT = "measurements/{dataset}/adapt-{digest}/{recognizer}/{backend}/{setting}.json"
SUITE = "measurements/{dataset}/suite-{digest}/{backend}/{setting}.json"
SOFT = "measurements/{dataset}/soft-{digest}/{recognizer}/{backend}/{setting}.json"
AGREEMENT = "measurements/{dataset}/agreement-{digest}/original/clear.json"
SIGNIFICANCE = "measurements/{dataset}/significance-{digest}/{teacher}/original/clear.json"
TRAINING = "measurements/{dataset}/training-{digest}/{recipe}/{backend}/{setting}.json"
EXPRESSION = "measurements/{dataset}/expression-{digest}/{teacher}/{backend}/{setting}.json"

TABLE = "frontier.csv"
TABLE_TEX = "frontier.tex"
TABLE_MD = "frontier.md"
ATTACKS = "attacks.csv"
SOFT_TABLE = "soft.csv"
TEACHERS_TABLE = "teachers.csv"
SIGNIFICANCE_TABLE = "significance.csv"
TRAINING_TABLE = "training.csv"
METRICS = "metrics.json"
SCORES = "scores.json"
SUMMARY = "summary.txt"
ALL_TABLES = (
    *(TABLE, TABLE_TEX, TABLE_MD, ATTACKS, SOFT_TABLE, TEACHERS_TABLE),
    *(SIGNIFICANCE_TABLE, TRAINING_TABLE, METRICS, SCORES),
)
"""The tables and numbers that a run ends with."""
REPORT = "report.html"
PLOTS = "plots"
PLOT = "plots/{dataset}-{kind}.png"
CONTACT_SHEET = "plots/{dataset}-contact_sheet.png"
RESTORED_SHEET = "plots/{dataset}-restored.png"
FIGURES = "figures"
FIGURE_SVG = "figures/{dataset}-{kind}.svg"
FIGURE_PDF = "figures/{dataset}-{kind}.pdf"
FIGURE_DATA = "figures/{dataset}-{kind}.csv"
GENERATOR_PICTURE = "generators/{dataset}/{generator}-{picture}.png"

STAMPS = ".made"
STAMP = ".made/{result}/{name}/{digest}"
