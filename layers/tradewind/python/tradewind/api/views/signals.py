"""Doors for others: signals from outside and the chat. Nobody logs in here; each call proves itself."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body

from tradewind.api.access import Role
from tradewind.api.asking import instrument_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.signals import ChatAnswer, SignalDocument, SignalTaken
from tradewind.api.problems import Problem
from tradewind.application.once import AtWorkError, Done, MismatchError, Request
from tradewind.application.receive_signal import SIGNATURE, Sent, Signal, SignalRefusedError
from tradewind.application.telegram_bot import HEADER, LARGEST, NotAllowedError, StrangerError
from tradewind.application.wording_orders import Said
from tradewind.domain.identifiers import content_hash
from tradewind.domain.order import NOTHING

_STATUS = {
    "BAD_SIGNATURE": HTTPStatus.UNAUTHORIZED,
    "STALE_SIGNAL": HTTPStatus.UNAUTHORIZED,
    "INSTRUMENT_NOT_ALLOWED": HTTPStatus.FORBIDDEN,
    "SIGNAL_TOO_LARGE": HTTPStatus.FORBIDDEN,
    "TOO_MANY_SIGNALS": HTTPStatus.TOO_MANY_REQUESTS,
}
_JSON = "application/json"


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = SignalsView(gateway, desk)
    gateway.changes("POST", "/api/webhook", view.webhook, Role.NOBODY, "Signals", audited=False, status_code=202)
    gateway.changes("POST", "/api/telegram", view.telegram, Role.NOBODY, "Signals", audited=False, largest=LARGEST)


@dataclass(frozen=True, slots=True)
class SignalsView:
    """What others may ask."""

    gateway: Gateway
    desk: Desk

    def webhook(self, signal: Annotated[SignalDocument, Body()]) -> SignalTaken:
        """Take a signal from outside: it becomes an order like any other, past the limits of its source and account.

        It is signed (`X-Tradewind-Signature: t=TIME,v1=HMAC`), or has the source's secret in it.
        """
        now = self.desk.now()
        event = self.gateway.app.current_event
        ts = int(signal.time.timestamp() * 1000) if signal.time else 0
        header = event.headers.get(SIGNATURE.lower(), "")
        sent = Sent(signal.source, header, event.decoded_body or "", signal.secret or "", ts)
        try:
            source = self.desk.signals.proven(sent, now)
        except SignalRefusedError as error:
            raise _problem(error) from None
        asked = signal.model_dump_json(exclude={"secret"}, exclude_none=True)
        # A repeat may be sent with the time of the repeat: it is the same signal all the same.
        same = signal.model_dump_json(exclude={"secret", "time"}, exclude_none=True)
        request = Request(
            f"webhook:{source.name}",
            "webhook",
            signal.id,
            content_hash(same.encode()),
            "POST /api/webhook",
            asked,
            now,
        )

        def do() -> tuple[Done, bool]:
            name = instrument_of(self.desk, signal.instrument)
            try:
                intent = self.desk.signals(source, _signal(signal, name), now, self.desk.time_of(name))
            except SignalRefusedError as error:
                refused = _problem(error)
                lasting = refused.status is not HTTPStatus.TOO_MANY_REQUESTS
                return Done(int(refused.status), "application/problem+json", refused.document("/api/webhook")), lasting
            what = f"{intent.side} {intent.quantity:f}".lower()
            taken = SignalTaken(account=source.account, instrument=name, what=what, id=intent.id)
            return Done(int(HTTPStatus.ACCEPTED), _JSON, taken.model_dump_json()), True

        done = self._once(request, do)
        if done.status >= HTTPStatus.BAD_REQUEST:
            raise Problem(HTTPStatus(done.status), str(json.loads(done.text)["detail"]))
        return SignalTaken.model_validate_json(done.text)

    def telegram(self, update: Annotated[dict[str, Any], Body()]) -> ChatAnswer:
        """Take what somebody wrote to the bot: only Telegram knows the token, and only allowed chats are answered."""
        bot, event = self.desk.bot, self.gateway.app.current_event
        if bot is None:
            raise Problem(HTTPStatus.NOT_FOUND, "no chat is configured: see docs/alerts-and-reports.md")
        body = event.decoded_body or json.dumps(update)
        try:
            asked = bot.admitted(event.headers.get(HEADER.lower(), ""), body)
        except StrangerError:
            return ChatAnswer()
        except NotAllowedError as error:
            raise Problem(HTTPStatus.UNAUTHORIZED, str(error)) from None
        if asked is None:
            return ChatAnswer()
        request = Request(
            f"telegram:{asked.chat}", "telegram", f"update-{asked.id}", content_hash(body.encode()),
            f"POST /api/telegram {asked.command}", body, self.desk.now(),
        )  # fmt: skip
        done = self._once(request, lambda: (Done(200, _JSON, json.dumps(bot.answered(asked))), True))
        return ChatAnswer.model_validate_json(done.text)

    def _once(self, request: Request, do: Any) -> Done:
        try:
            return self.desk.once(request, do)
        except MismatchError:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "this id was used for something else") from None
        except AtWorkError:
            raise Problem(HTTPStatus.CONFLICT, "this very signal is at work: ask again in a moment") from None


def _signal(document: SignalDocument, name: Any) -> Signal:
    said = Said(
        document.limit or NOTHING, document.trigger or NOTHING, document.trail or NOTHING, document.time_in_force or ""
    )
    return Signal(
        id=document.id,
        action=document.action,
        instrument=name,
        quantity=document.quantity or NOTHING,
        amount=document.amount or NOTHING,
        stop=document.stop or NOTHING,
        target=document.target or NOTHING,
        said=said,
        reason=document.reason,
    )


def _problem(error: SignalRefusedError) -> Problem:
    return Problem(_STATUS.get(error.code, HTTPStatus.CONFLICT), str(error))
