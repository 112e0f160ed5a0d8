"""The registry of sources: the packaged ones, with those that your configuration adds, changes or disables; their
health, a check of each, and a trial of a new one before it is saved."""

from __future__ import annotations

import argparse

from crawler.cli.options import common_options_again

HELP = "the registry of sources: list, check, add"
EXAMPLES = """\
  breachwire sources list --country JP
  breachwire sources list --unhealthy                # exit code 1 if any is; nothing is asked of any site
  breachwire sources check --contact me@my.org       # asks each, tries its articles, proposes a mend
  breachwire sources add https://news.example/ --contact me@my.org"""

_LIST = """\
  breachwire sources list --country JP --format json | jq -r '.[].feeds[]'
  0 7 * * *  breachwire sources list --unhealthy     # cron mails what is printed; nothing is, where all are well"""
_CHECK = """\
  breachwire sources check bleepingcomputer the-record --contact me@my.org
  breachwire sources check --format json | jq '.[] | select(.well | not)'"""
_ADD = """\
  breachwire sources add https://news.example/ --dry-run
  breachwire sources add https://news.example/security/feed/ --name news-example --country DE --yes"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = _action(actions, "list", "all of them, or those whose last runs tell that they are unwell", _LIST)
    listing.add_argument("--country", metavar="CC", help="only those of a country, e.g. JP")
    listing.add_argument("--language", metavar="TAG", help="only those in a language, e.g. en")
    listing.add_argument(
        "--unhealthy",
        action="store_true",
        help="only those that are silent, fail more and more, or give empty articles or dates in the future, by the "
        "runs of `crawl` with this archive; exit code 1 if there are any",
    )
    listing.add_argument("--format", choices=("table", "json"), default="table")

    check = _action(actions, "check", "ask each source, try three of its articles, propose a mend", _CHECK)
    check.add_argument("names", nargs="*", metavar="NAME", help="names from `sources list` (default: all)")
    check.add_argument("--contact", metavar="MAIL|URL", help="whom a site's owner can write to; sent with each request")
    check.add_argument("--format", choices=("table", "json"), default="table")

    add = _action(actions, "add", "find a site's feeds, show three of its articles, write the entry", _ADD)
    add.add_argument("url", metavar="URL", help="the site's home page, one of its sections, or its feed")
    add.add_argument("--name", help="how it is called (default: its host)")
    add.add_argument("--country", metavar="CC", help="where it is, e.g. DE")
    add.add_argument("--kind", default="news", help="what it is, e.g. regulator (default: news)")
    add.add_argument("--yes", action="store_true", help="write it without asking")
    add.add_argument("--dry-run", action="store_true", help="write nothing")
    add.add_argument("--contact", metavar="MAIL|URL", help="whom a site's owner can write to; sent with each request")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, does: str, examples: str
) -> argparse.ArgumentParser:
    return actions.add_parser(
        name,
        parents=[common_options_again()],
        help=does,
        description=does[0].upper() + does[1:] + ".",
        epilog="examples:\n" + examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run(args: argparse.Namespace) -> int:
    if args.action == "list":
        from crawler.cli import sources_list

        return sources_list.run(args)
    if args.action == "check":
        from crawler.cli import sources_check

        return sources_check.run(args)
    from crawler.cli import sources_add

    return sources_add.run(args)
