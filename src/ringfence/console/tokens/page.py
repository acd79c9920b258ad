"""The tokens of senders and programs: make one (shown once, with configurations that hold it), revoke one."""

from __future__ import annotations

from fastapi import APIRouter
from markupsafe import Markup

from ringfence.access import SCOPES, Scope, Token
from ringfence.console.actions import Form, add_action, done, done_note, first, post_form, submit
from ringfence.console.layout import add_page, heading, html
from ringfence.console.markup import Content, tag
from ringfence.console.once import Once
from ringfence.console.people.words import shown_once
from ringfence.console.services import Services
from ringfence.console.session import Visit
from ringfence.console.sources.recipes import Recipe, reading_recipes, recipes
from ringfence.console.widgets import card, cell, copyable, empty, moment, note, table
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_

_DAY = 86_400_000_000
SCOPE_WORDS = {Scope.INGEST: N_("Send logs"), Scope.READ: N_("Read everything")}
_SPANS = {
    "30": N_("30 days"),
    "90": N_("90 days"),
    "365": N_("One year"),
    "": N_("Never"),
}


def add_tokens_page(services: Services, router: APIRouter) -> None:
    """Serve `/tokens` and what its forms do."""
    fresh = Once[tuple[Scope, str]](services.clock)
    managing = Permission.MANAGE_ACCESS

    async def build(visit: Visit) -> None:
        await _build(visit, fresh)

    async def add(visit: Visit, form: Form) -> str:
        return await _add(visit, form, fresh)

    add_page(services, "/tokens", title=N_("Tokens"), section="tokens", permission=managing, build=build)
    add_action(router, services, "/console/tokens", permission=managing, action=add)
    add_action(router, services, "/console/tokens/{token_id}", permission=managing, action=_revoke)


async def _build(visit: Visit, fresh: Once[tuple[Scope, str]]) -> None:
    tr = visit.tr
    tokens = await visit.services.tokens.list(visit.actor)
    html(heading(visit, tr("Tokens"), tr("Keys of senders and programs. Give each its own, then one can be revoked.")))
    html(done_note(visit))
    if visit.asked("made"):
        html(_secret(visit, fresh.take(visit.token, visit.asked("made"))))
    html(tag("div", tag("div", _list(visit, tokens), class_="stack w8"),
             tag("div", _add_form(visit), class_="stack w4"), class_="cols"))  # fmt: skip


def _secret(visit: Visit, made: tuple[Scope, str] | None) -> Markup:
    tr = visit.tr
    if made is None:
        return note("", tr("The token was shown already. Make a new one if it was not written down."))
    scope, secret = made
    info = visit.services.ingest_info(visit.actor)
    ready = [recipe for recipe in recipes(info, secret) if secret in recipe.text]
    ready = ready if scope is Scope.INGEST else reading_recipes(info, secret)
    blocks = [_recipe(visit, recipe) for recipe in ready]
    advice = tr("Copy it now: it is not shown again. The configurations below hold it already.")
    return shown_once(visit, tr("Your new token"), secret, advice, tag("div", *blocks, class_="samples"))


def _recipe(visit: Visit, recipe: Recipe) -> Markup:
    tr = visit.tr
    where = tag("code", recipe.file, class_="quiet") if recipe.file else None
    line = tag("span", tag("b", recipe.name), where, class_="line")
    body = tag("div", copyable(recipe.text, tr("Copy"), tr("Copied")), class_="event")
    return tag("details", tag("summary", line), body)


def _list(visit: Visit, tokens: list[Token]) -> Markup:
    tr = visit.tr
    title = visit.msg("Tokens: {count}", count=len(tokens))
    if not tokens:
        advice = tr("Senders over HTTP need one; syslog needs none.")
        return card(title, empty("tokens", tr("No tokens yet"), advice))
    rows = [
        [
            cell(tag("b", token.name), tr("Name"), "long"),
            cell(_scope(visit, token), tr("May"), "long"),
            cell(moment(token.created), tr("Made")),
            cell(moment(token.expires) if token.expires else tr("Never"), tr("Ends")),
            cell(_state(visit, token), tr("State")),
            cell(_revoke_form(visit, token), "", "num"),
        ]
        for token in tokens
    ]
    heads: list[Content] = [tr("Name"), tr("May"), tr("Made"), tr("Ends"), tr("State"), ""]
    return card(title, table(heads, rows), flush=True)


def _scope(visit: Visit, token: Token) -> Content:
    for scope, (permissions, _) in SCOPES.items():
        if token.scopes == permissions:
            return visit.tr(SCOPE_WORDS[scope])
    names = ", ".join(sorted(token.scopes))
    return tag("details", tag("summary", visit.msg("Permissions: {count}", count=len(token.scopes))), tag("p", names))


def _over(visit: Visit, token: Token) -> bool:
    return token.expires is not None and token.expires < visit.services.clock.now_us()


def _state(visit: Visit, token: Token) -> Markup:
    if token.revoked:
        return tag("span", visit.tr("Revoked"), class_="state off")
    if _over(visit, token):
        return tag("span", visit.tr("Expired"), class_="state off")
    return tag("span", visit.tr("Active"), class_="state closed")


def _revoke_form(visit: Visit, token: Token) -> Content:
    if token.revoked or _over(visit, token):
        return None
    button = submit(visit.tr("Revoke"), kind="small danger")
    return post_form(visit, f"/console/tokens/{token.id}", button)


def _add_form(visit: Visit) -> Markup:
    tr = visit.tr
    name = tag("input", name="name", required=True, maxlength=64, class_="in", autocomplete="off", placeholder="web-01")
    scopes = [tag("option", tr(word), value=scope.value) for scope, word in SCOPE_WORDS.items()]
    spans = [tag("option", tr(word), value=days, selected=days == "365") for days, word in _SPANS.items()]
    form = post_form(
        visit,
        "/console/tokens",
        tag("label", tr("Name of the sender or program"), name, class_="field"),
        tag("label", tr("It may"), tag("select", *scopes, name="scope", class_="in"), class_="field"),
        tag("label", tr("It ends after"), tag("select", *spans, name="days", class_="in"), class_="field"),
        tag("div", submit(tr("Make token"), kind="primary")),
        class_="stack tight",
    )
    return card(tr("Make a token"), form)


async def _add(visit: Visit, form: Form, fresh: Once[tuple[Scope, str]]) -> str:
    wanted, days = first(form, "scope"), first(form, "days")
    if wanted not in set(Scope) or days not in _SPANS:
        raise UsageError(N_("this choice does not exist"))
    scope = Scope(wanted)
    permissions, role = SCOPES[scope]
    expires = visit.services.clock.now_us() + int(days) * _DAY if days else None
    _, secret = await visit.services.tokens.create(
        visit.actor, first(form, "name"), permissions, roles=(role,), expires=expires
    )
    return f"/tokens?made={fresh.keep(visit.token, (scope, secret))}"


async def _revoke(visit: Visit, form: Form) -> str:
    await visit.services.tokens.revoke(visit.actor, visit.part("token_id"))
    return done("/tokens", "revoked")
