from __future__ import annotations

import re
from pathlib import Path

from nasbench_pytorch.explorer.bundle import PAGE, bundle


def test_a_bundle_has_every_module_once_each_behind_what_it_imports(tmp_path: Path) -> None:
    modules = {
        "one.js": 'import { two } from "./two.js";\nimport { four } from "./four.js";\nexport function one() {}\n',
        "two.js": 'import { four } from "./four.js";\nexport const two = four;\nexport async function three() {}\n',
        "four.js": 'export class four {}\nconst text = "export const x";\n',
    }
    for name, text in modules.items():
        (tmp_path / name).write_text(text)
    made = bundle(tmp_path / "one.js", exported=("one",))
    assert made == (
        'class four {}\nconst text = "export const x";\n\nconst two = four;\nasync function three() {}\n\n'
        "export function one() {}\n"
    )


def test_the_map_is_one_module_that_exports_its_function_alone() -> None:
    made = bundle(PAGE / "map.js", exported=("createMap",))
    assert not re.findall(r"^import ", made, re.MULTILINE)
    assert re.findall(r"^export .*", made, re.MULTILINE) == ["export function createMap(element, data, options = {}) {"]
    declared = re.findall(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", made, re.MULTILINE)
    assert len(declared) == len(set(declared)) > 40
    assert "</script" not in made
