# The plots of a run.
# reads: metrics.json, the measurements that a plot shows, images for the contact sheet   writes: plots/{dataset}-{kind}.png, figures/{dataset}-{kind}.svg, .pdf, .csv


rule plot:
    """Draw one plot of one dataset: frontier, attackers, similarity, strength, confusion or adapted teachers."""
    input:
        metrics=ancient(RESULTS / layout.METRICS),
        measurements=ancient(INPUTS.shown_measurements),
    output:
        picture=report(
            RESULTS / layout.PLOT,
            category="{dataset}",
            labels={"picture": "{kind}"},
            caption="../report/plot.rst",
        ),
        svg=RESULTS / layout.FIGURE_SVG,
        pdf=RESULTS / layout.FIGURE_PDF,
        data=RESULTS / layout.FIGURE_DATA,
        made=RUN.plan.made("plot", "{dataset}-{kind}"),
    log:
        "logs/plot/{dataset}-{kind}.log",
    benchmark:
        "logs/plot/{dataset}-{kind}.tsv"
    wildcard_constraints:
        kind="frontier|attackers|similarity|strength|confusion|readers",
    localrule: True
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=INPUTS.style,
    script:
        "../workflow_scripts/plot.py"


rule plot_contact_sheet:
    """Draw originals beside anonymized faces, only if the configuration allows it."""
    input:
        metrics=ancient(RESULTS / layout.METRICS),
        crops=ancient(INPUTS.crops),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        rows=ancient(INPUTS.anonymized_sets),
    output:
        picture=report(
            RESULTS / layout.CONTACT_SHEET,
            category="{dataset}",
            labels={"picture": "contact sheet"},
            caption="../report/contact_sheet.rst",
        ),
        made=RUN.plan.made("sheet", "{dataset}-contact_sheet"),
    log:
        "logs/plot/{dataset}-contact_sheet.log",
    benchmark:
        "logs/plot/{dataset}-contact_sheet.tsv"
    localrule: True
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=INPUTS.contact_sheet,
    script:
        "../workflow_scripts/plot_contact_sheet.py"


rule plot_restored:
    """Draw originals beside what attackers make of anonymized faces, only if the configuration allows it."""
    input:
        metrics=ancient(RESULTS / layout.METRICS),
        crops=ancient(INPUTS.crops),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        rows=ancient(VIEWS.restored_sets),
    output:
        picture=report(
            RESULTS / layout.RESTORED_SHEET,
            category="{dataset}",
            labels={"picture": "restored faces"},
            caption="../report/contact_sheet.rst",
        ),
        made=RUN.plan.made("sheet", "{dataset}-restored"),
    log:
        "logs/plot/{dataset}-restored.log",
    benchmark:
        "logs/plot/{dataset}-restored.tsv"
    localrule: True
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=VIEWS.restored_sheet,
    script:
        "../workflow_scripts/plot_contact_sheet.py"
