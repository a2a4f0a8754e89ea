"""Where the model comes from, what it may be used for, and how to make it again."""

from collections.abc import Iterator
from typing import ClassVar, final

from markupsafe import Markup

from injerto.artifacts.card_facts import spent_facts
from injerto.artifacts.covered import render_coverage
from injerto.artifacts.repeating import command_again
from injerto.core.answer_kind import AnswerKind
from injerto.core.atomic import MANIFEST_NAME
from injerto.core.hashing import digest_file
from injerto.core.messages import say
from injerto.core.provenance import ImageContract
from injerto.core.speech_contract import SpeechContract
from injerto.reports.html import Child, coded, shown, tag, worded
from injerto.reports.material import AbstractMaterial, Material
from injerto.reports.numbers import counted
from injerto.reports.panel import EVERY_KIND, AbstractPanel, beside, folded, note, panels, table


@panels.register
@final
class Provenance(AbstractPanel[AbstractMaterial]):
    """The card, the versions, the files with their SHA-256; what is not known says so."""

    place: ClassVar[int] = 100
    kinds: ClassVar[frozenset[AnswerKind]] = EVERY_KIND

    def render(self, material: AbstractMaterial) -> Child:
        columns = [say("report.data.what"), say("report.data.value")]
        versions = [[shown(name), shown(number)] for name, number in sorted(material.versions.items())]
        return [
            beside(
                table(columns, list(_base(material)), caption=say("report.provenance.inherited")),
                [
                    table(columns, list(_made(material)), caption=say("report.provenance.made")),
                    folded(
                        say("report.provenance.versions"),
                        table(columns, versions, caption=say("report.provenance.versions")),
                    ),
                ],
            ),
            tag("h3", say("report.provenance.again")),
            tag("p", say("report.provenance.again-words"), class_="note"),
            tag(
                "pre",
                tag("code", command_again(material.inspected.record, material.facts, out=material.name)),
                tabindex=0,
            ),
            tag("p", say("report.provenance.fingerprint"), " ", tag("code", _fingerprint(material)), class_="note"),
            folded(say("report.provenance.files", number=material.verified.num_files), _files(material)),
            note("report.provenance.unknown"),
        ]


def _base(material: AbstractMaterial) -> Iterator[list[Child]]:
    base, card = material.base, material.base.card
    unknown = tag("span", say("card.unknown"), class_="unknown")
    commerce = {True: "yes", False: "no", None: "unknown"}[card.commercial_use]
    yield [say("report.provenance.backbone"), shown(material.backbone)]
    yield [say("report.provenance.architecture"), shown(card.architecture)]
    yield [say("report.provenance.parameters"), counted(card.num_parameters) if card.num_parameters else unknown]
    yield [say("report.provenance.origin"), shown(card.origin) if card.origin else unknown]
    yield [say("card.fact-coverage"), shown(covered) if (covered := render_coverage(base)) else unknown]
    yield [say("report.provenance.licence"), shown(card.license) if card.license else unknown]
    yield [
        say("report.provenance.commerce"),
        unknown if commerce == "unknown" else say(f"report.provenance.{commerce}"),
    ]
    yield [say("report.provenance.revision"), shown(card.revision) if card.revision else unknown]
    yield [say("report.provenance.digest"), tag("code", base.digest)]
    contract = base.contract
    if isinstance(contract, ImageContract):
        words = say(
            "report.provenance.image-contract",
            width=contract.width,
            height=contract.height,
            how=contract.interpolation,
            order=contract.channel_order,
        )
    elif isinstance(contract, SpeechContract):
        words = say("report.provenance.speech-contract", rate=f"{contract.sample_rate_hz:,}")
    else:
        words = say("report.provenance.text-contract", tokens=contract.max_length)
    yield [say("report.provenance.contract"), words]


def _made(material: AbstractMaterial) -> Iterator[list[Child]]:
    plan = material.plan
    yield [say("report.provenance.strategy"), shown(plan.strategy)]
    if isinstance(material, Material):
        yield [say("report.provenance.head"), shown(material.record.head)]
    yield [say("report.provenance.seed"), str(plan.seed)]
    yield [say("report.provenance.device"), shown(plan.device)]
    yield [say("report.provenance.seconds"), say("report.provenance.seconds-value", seconds=f"{material.seconds:.0f}")]
    for name, value in spent_facts(material.spent).items():
        yield [say(f"card.fact-{name}"), worded(value) if value else tag("span", say("card.unknown"), class_="unknown")]
    if (licence := material.licence) is not None:
        yield [say("card.fact-result-licence"), coded(licence.sentence)]
    if isinstance(material, Material) and material.outcome.runtimes:
        runtimes = ", ".join(dict.fromkeys(one.title for one in material.outcome.runtimes))
        yield [say("report.provenance.runtime"), shown(runtimes)]


def _fingerprint(material: AbstractMaterial) -> str:
    return digest_file(material.path / MANIFEST_NAME)


def _files(material: AbstractMaterial) -> Markup:
    columns = [say("report.provenance.file"), say("report.provenance.state")]
    rows = [
        [tag("code", shown(file.name)), say(f"report.provenance.is-{file.state}")] for file in material.verified.files
    ]
    return table(columns, rows, caption=say("report.provenance.files-caption"))
