from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language import ruby, ruby_gemspec
from sekisho.inventory.language.ruby_gemspec import extract_gemspec
from sekisho.inventory.protocol import File
from sekisho.model.package import Package

LOCK = b"""GIT
  remote: https://example.test/widgets.git
  revision: 027dbe2e
  specs:
    widgets (2.0.0.alpha1)
      rack (~> 2.0)

PATH
  remote: .
  specs:
    shop (1.0)
      rails

GEM
  remote: https://example.test/
  specs:
    nokogiri (1.13.3-x86_64-linux)
      racc (~> 1.4)
    nokogiri (1.13.3-arm64-darwin)
      racc (~> 1.4)
    racc (1.6.0)
    rack (2.2.3)

PLATFORMS
  x86_64-linux

DEPENDENCIES
  nokogiri
  rack (~> 2.0)
  shop!

CHECKSUMS
  rack (2.2.3) sha256=abc123

BUNDLED WITH
   2.2.28
"""
SPECIFICATION = """# -*- encoding: utf-8 -*-
# stub: rake 13.0.3 ruby lib

Gem::Specification.new do |s|
  s.name = "rake".freeze
  s.version = "13.0.3"
  s.authors = ["Hiroshi SHIBATA".freeze, "Andr\\u00E9 Arko".freeze]
  s.homepage = "https://example.test/rake".freeze
  s.licenses = ["MIT".freeze, "Ruby".freeze] # both
  s.add_dependency(%q<bundler>.freeze, [">= 0"])
end
"""


def locked() -> dict[str, Package]:
    return {one.name: one for one in ruby.extract_gemfile_lock(File("Gemfile.lock", LOCK))}


def gem(text: str) -> Package:
    (package,) = extract_gemspec(File("specifications/x.gemspec", text.encode()))
    return package


def test_every_source_is_read_and_platforms_are_one_gem() -> None:
    assert {one.key for one in locked().values()} == {
        "widgets@2.0.0.alpha1",
        "shop@1.0",
        "nokogiri@1.13.3",
        "racc@1.6.0",
        "rack@2.2.3",
    }


def test_direct_gems_are_those_the_gemfile_asks_for() -> None:
    assert {name for name, one in locked().items() if one.relation == "direct"} == {"nokogiri", "rack", "shop"}


def test_edges_lines_checksums_and_revisions() -> None:
    gems = locked()
    assert gems["nokogiri"].depends_on == ("racc@1.6.0",)
    assert gems["shop"].depends_on == ()
    assert gems["nokogiri"].lines == (17, 17)
    assert gems["rack"].checksums == ("sha256:abc123",)
    assert gems["widgets"].facts == {"revision": "027dbe2e"}


def test_an_installed_gem_is_read_from_its_generated_specification() -> None:
    package = gem(SPECIFICATION)
    assert (package.type, package.key) == ("gem", "rake@13.0.3")
    assert package.licenses == ("MIT", "Ruby")
    assert package.supplier == "Hiroshi SHIBATA, André Arko"
    assert package.homepage == "https://example.test/rake"
    assert package.lines == (5, 5)


def test_the_stub_comment_helps_where_a_value_is_no_literal() -> None:
    assert gem(SPECIFICATION.replace('"13.0.3"', "Rake::VERSION")).version == "13.0.3"
    assert gem(SPECIFICATION.replace('"rake".freeze', '"#{x}"')).name == "rake"


def test_a_platform_is_kept_as_a_fact() -> None:
    text = SPECIFICATION.replace("  s.version", '  s.platform = "java".freeze\n  s.version')
    assert gem(text).facts == {"platform": "java"}


def test_attributes_of_other_variables_are_not_the_gems() -> None:
    with pytest.raises(CorruptInput):
        gem('Gem::Specification.new do |spec|\n  s.name = "x"\n  s.version = "1"\nend\n')


def test_a_file_without_specification_says_nothing() -> None:
    assert list(extract_gemspec(File("specifications/x.gemspec", b"puts 1"))) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Gemfile.lock", "bundler"),
        ("gems.locked", "bundler"),
        ("usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec", "gemspec"),
        ("src/my.gemspec", ""),
    ],
)
def test_files_are_wanted_by_name_and_place(path: str, name: str) -> None:
    assert [one.name for one in Dispatcher(ruby.EXTRACTORS + ruby_gemspec.EXTRACTORS).wanted(path)] == (
        [name] if name else []
    )


def test_half_a_surrogate_pair_can_be_written_down() -> None:
    found = gem('Gem::Specification.new do |s|\n s.name = "a"\n s.version = "1"\n s.author = "\\ud800\\u00e9"\nend\n')
    assert found.supplier.encode() == "\ufffdé".encode()
