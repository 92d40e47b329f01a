# The pictures of a run.
# reads: metrics.json, measurements, for the contact sheet images   writes: plots/*.png


rule plot_frontier:
    """Privacy against utility with intervals, or privacy alone where nothing is known of the utility."""
    input:
        metrics=RESULTS / "metrics.json",
    output:
        report(
            RESULTS / "plots/{dataset}-frontier.png",
            category="Frontier",
            labels={"dataset": "{dataset}", "picture": "frontier"},
            caption="../report/frontier.rst",
        ),
    log:
        "logs/plots/{dataset}-frontier.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        stage=INPUTS.whole,
    script:
        "../workflow_scripts/plot_frontier.py"


rule plot_similarity:
    """Similarity of genuine and impostor pairs, clear and under each protocol."""
    input:
        metrics=RESULTS / "metrics.json",
        measurements=INPUTS.dataset_measurements,
    output:
        report(
            RESULTS / "plots/{dataset}-similarity.png",
            category="Identity",
            labels={"dataset": "{dataset}", "picture": "similarity"},
            caption="../report/similarity.rst",
        ),
    log:
        "logs/plots/{dataset}-similarity.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        stage=INPUTS.whole,
    script:
        "../workflow_scripts/plot_similarity.py"


rule plot_confusion:
    """Confusion matrices of the expression before and after."""
    input:
        metrics=RESULTS / "metrics.json",
        measurements=INPUTS.dataset_measurements,
    output:
        report(
            RESULTS / "plots/{dataset}-confusion.png",
            category="Expression",
            labels={"dataset": "{dataset}", "picture": "confusion"},
            caption="../report/confusion.rst",
        ),
    log:
        "logs/plots/{dataset}-confusion.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        stage=INPUTS.whole,
    script:
        "../workflow_scripts/plot_confusion.py"


rule plot_contact_sheet:
    """Originals beside anonymized faces; only where the configuration allows it."""
    input:
        metrics=RESULTS / "metrics.json",
        crops=ancient(INPUTS.crops),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        anonymized=ancient(INPUTS.anonymized_sets),
    output:
        report(
            RESULTS / "plots/{dataset}-contact_sheet.png",
            category="Faces",
            labels={"dataset": "{dataset}", "picture": "contact sheet"},
            caption="../report/contact_sheet.rst",
        ),
    log:
        "logs/plots/{dataset}-contact_sheet.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        stage=INPUTS.contact_sheet,
    script:
        "../workflow_scripts/plot_contact_sheet.py"
