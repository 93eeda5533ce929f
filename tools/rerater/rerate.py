#!/usr/bin/env python3
"""Works out every bill and statement of a Firesteel log again, from the exits of its workers.

Written from apps/billing/RATING.md alone; standard library only; shares nothing with the product.
Reads exported events (one JSON a line), prints JSON, exits with 1 when the log's own figures, or those
of an answer to compare with, are not what follows from the exits.
"""
import argparse
import hashlib
import json
import math
import re
import sys
from collections import defaultdict

MS_PER_HOUR = 3_600_000
# Meter: (member of a price list, unit-milliseconds in an hour of its unit).
METERS = {
    "vCPU-hours": ("vcpuHourE10", MS_PER_HOUR),
    "memory GB-hours": ("memoryGbHourE10", 1024 * MS_PER_HOUR),
    "storage GB-hours": ("storageGbHourE10", MS_PER_HOUR),
}
HOME_REGION = "us-east-1"
FREE_DISK_GB = 20
MINIMUM_SECONDS = 60

MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z)?$")


def instant(text):
    """A moment in UTC with a fixed width, so that moments compare as text."""
    found = MOMENT.match(text)
    if not found:
        raise ValueError(f"not a moment in UTC: {text}")
    day, minutes, seconds, fraction = found.groups()
    return f"{day}T{minutes or '00:00'}:{seconds or '00'}.{(fraction or '')[:6].ljust(6, '0')}Z"


def half_even(dividend, divisor):
    quotient, rest = divmod(dividend, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and quotient % 2 == 1):
        return quotient + 1
    return quotient


def decimal(scaled, places):
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def hours(meter, quantity):
    per_hour = METERS[meter][1]
    size = (2 * abs(quantity) * 10**6 + per_hour) // (2 * per_hour)
    return decimal(-size if quantity < 0 else size, 6)


def usd(price_e10):
    return decimal(price_e10, 10).rstrip("0").rstrip(".")


class Log:
    """What of the events counts, and what billing made of them."""

    def __init__(self):
        self.regions = {}
        self.lists = {}
        self.exits = {}
        self.readings = defaultdict(dict)
        self.metered = {}
        self.corrections = {}
        self.posted = {}
        self.issued = defaultdict(list)
        self.head = 0

    def take(self, event):
        data = event["data"]
        if isinstance(data, str):
            data = json.loads(data)
        kind = event["type"]
        self.head = max(self.head, event["globalSeq"])
        if kind == "ApplicationCreating":
            self.regions[data["applicationId"]] = data["region"]
        elif kind == "PriceListPublished":
            self.lists[data["priceListId"]] = data
        elif kind == "WorkerExited":
            self.exits.setdefault(data["workerId"], (event, data))
        elif kind == "WorkerMeterRead":
            self.readings[data["workerId"]].setdefault(data["reading"], (event, data))
        elif kind == "WorkerUsageMetered":
            self.metered[data["usageId"]] = data
        elif kind == "UsageCorrected":
            self.corrections.setdefault(data["correctionId"], (event, data))
        elif kind == "TransactionPosted":
            self.posted[data["transactionId"]] = data
        elif kind == "StatementIssued":
            self.issued[(data["accountId"], data["month"])].append(data)


def read(lines):
    log = Log()
    for line in lines:
        if line.strip():
            event = json.loads(line)
            # An export says more than events: where it begins, and checkpoints.
            if event.get("kind", "event") == "event":
                log.take(event)
    return log


def shares_so_far(data):
    """Used and billed seconds of the run and of the pool, of a worker that lives on."""
    life = data["readyMs"] // 1000
    idle = min(life, data["idleMs"] // 1000)
    return (life - idle, life - idle), (idle, idle)


def shares(data):
    """Used and billed seconds of the run and of the pool, of a worker that has ended."""
    life = math.ceil(data["readyMs"] / 1000)
    if life == 0:
        return (0, 0), (0, 0)
    served = data["jobRunId"] is not None
    idle = min(life, math.floor(data.get("idleMs", 0) / 1000)) if served else life
    missing = max(0, MINIMUM_SECONDS - life)
    run = life - idle
    return (run, run + (missing if served else 0)), (idle, idle + (0 if served else missing))


def list_of(log, data):
    """The price list in effect when a worker ended."""
    region = log.regions.get(data["applicationId"])
    if region is None:
        raise ValueError(f"the log does not say where application {data['applicationId']} is")
    at = instant(data["at"])
    for place in (region, HOME_REGION):
        there = [
            one
            for one in log.lists.values()
            if one["region"] == place
            and one["architecture"] == "X86_64"
            and instant(one["effectiveFrom"]) <= at
        ]
        for account in (data["accountId"], None):
            own = [one for one in there if one.get("accountId") == account]
            if own:
                return max(own, key=lambda one: instant(one["effectiveFrom"]))
    raise ValueError(f"no price list is in effect at {data['at']}")


def less(now, before):
    return tuple((used - had, billed - paid) for (used, billed), (had, paid) in zip(now, before))


def meterings(log):
    """Each reading and each exit, with the seconds that it adds to what was metered of its worker before."""
    for worker in dict.fromkeys([*log.readings, *log.exits]):
        before = ((0, 0), (0, 0))
        for number, (event, data) in sorted(log.readings[worker].items()):
            now = shares_so_far(data)
            yield event, data, (str(number), f"idle.{number}"), less(now, before)
            before = now
        if worker in log.exits:
            event, data = log.exits[worker]
            yield event, data, ("0", "idle"), less(shares(data), before)


def usages(log):
    """Every usage that follows from exits, readings and corrections, in the order in which they became known."""
    found = []
    for event, data, (run_segment, idle_segment), (run, idle) in meterings(log):
        parts = [
            (idle_segment, f"application-{data['applicationId']}", None, idle),
        ]
        if data["jobRunId"] is not None:
            parts.insert(0, (run_segment, data["jobRunId"], data["jobRunId"], run))
        for segment, payer, job_run, (used, billed) in parts:
            if (used, billed) == (0, 0):
                continue
            prices = list_of(log, data)
            size = data["size"]
            units = {
                "vCPU-hours": size["vcpu"],
                "memory GB-hours": size["memoryMb"],
                "storage GB-hours": max(0, size["diskGb"] - FREE_DISK_GB),
            }
            text = f"{data['workerId']}\n1\n{segment}"
            found.append(
                {
                    "usageId": hashlib.sha256(text.encode()).hexdigest(),
                    "workerId": data["workerId"],
                    "payerId": payer,
                    "jobRunId": job_run,
                    "applicationId": data["applicationId"],
                    "accountId": data["accountId"],
                    "month": data["at"][:7],
                    "usageAt": data["at"],
                    "used": used,
                    "billed": billed,
                    "prices": prices,
                    "units": units,
                    "quantities": quantities_of(billed, units),
                    "knownSeq": event["globalSeq"],
                    "knownAt": event["recordedAt"],
                }
            )
    return sorted([*found, *corrections_of(log, found)], key=lambda usage: usage["knownSeq"])


def quantities_of(seconds, units):
    return {meter: seconds * 1000 * unit for meter, unit in units.items()}


def corrections_of(log, found):
    """What each correction adds to the usage that it names: it says of how many seconds that is."""
    by_id = {usage["usageId"]: usage for usage in found}
    seconds = {usage["usageId"]: usage["billed"] for usage in found}
    for correction_id, (event, data) in log.corrections.items():
        corrects = data["usageId"]
        if corrects not in by_id:
            continue
        added = data["seconds"] - seconds[corrects]
        seconds[corrects] = data["seconds"]
        yield {
            **by_id[corrects],
            "usageId": correction_id,
            "corrects": corrects,
            "billed": added,
            "quantities": quantities_of(added, by_id[corrects]["units"]),
            "knownSeq": event["globalSeq"],
            "knownAt": event["recordedAt"],
        }


def lines_of(found, with_zeros=False):
    """Lines by (application, payer, price list, meter): exact sums, rounded once."""
    sums = defaultdict(lambda: [0, 0])
    for usage in found:
        for meter, quantity in usage["quantities"].items():
            key = (usage["applicationId"], usage["payerId"], usage["jobRunId"],
                   usage["prices"]["priceListId"], meter)
            sums[key][0] += quantity
            sums[key][1] += quantity * usage["prices"][METERS[meter][0]]
    return {
        key: (quantity, half_even(amount, METERS[key[4]][1]))
        for key, (quantity, amount) in sums.items()
        if quantity or with_zeros
    }


def digest_of(lines):
    texts = sorted(
        f"{payer}\t{prices}\t{meter}\t{quantity}\t{amount}\n".encode()
        for (_, payer, _, prices, meter), (quantity, amount) in lines.items()
    )
    return hashlib.sha256(b"".join(texts)).hexdigest()


def shown(log, kind, lines):
    def key_bytes(key):
        application, payer, _, prices, meter = key
        return "\t".join((application, payer, prices, meter)).encode()

    return [
        {
            "kind": kind,
            "payerId": key[1],
            "applicationId": key[0],
            "jobRunId": key[2],
            "priceListId": key[3],
            "meter": key[4],
            "unitMs": str(lines[key][0]),
            "amountE10": str(lines[key][1]),
            "quantity": hours(key[4], lines[key][0]),
            "unitPrice": usd(log.lists[key[3]][METERS[key[4]][0]]),
            "amount": decimal(lines[key][1], 10),
        }
        for key in sorted(lines, key=key_bytes)
    ]


def differences(before, now):
    changed = {}
    for key in {**before, **now}:
        old, new = before.get(key, (0, 0)), now.get(key, (0, 0))
        if old != new:
            changed[key] = (new[0] - old[0], new[1] - old[1])
    return changed


def statement(log, own, account, month, through, as_known_at):
    until = "~" if as_known_at is None else instant(as_known_at)
    now = lines_of(
        [one for one in own if one["knownSeq"] <= through and instant(one["knownAt"]) <= until]
    )
    revisions = [one for one in log.issued[(account, month)] if instant(one["at"]) <= until]
    revision = revisions[-1] if revisions else None
    then = now
    if revision:
        then = lines_of([one for one in own if one["knownSeq"] <= revision["throughSeq"]])
    lines = shown(log, "usage", then) + shown(log, "correction", differences(then, now))
    return {
        "accountId": account,
        "month": month,
        "throughSeq": through,
        "asKnownAt": as_known_at,
        "revision": revision["revision"] if revision else None,
        "lines": lines,
        "total": decimal(sum(int(line["amountE10"]) for line in lines), 10),
        "digest": digest_of(now),
    }


def grouped(found, key):
    groups = defaultdict(list)
    for usage in found:
        groups[key(usage)].append(usage)
    return groups


def by_month(found):
    return grouped(found, lambda usage: (usage["accountId"], usage["month"]))


def bill(log, own):
    order = list(dict.fromkeys(one["prices"]["priceListId"] for one in own))
    lines = lines_of(own, with_zeros=True)
    rows = sorted(lines, key=lambda key: (order.index(key[3]), list(METERS).index(key[4])))
    return {
        "lines": [
            {
                "meter": key[4],
                "quantity": hours(key[4], lines[key][0]),
                "unitPrice": usd(log.lists[key[3]][METERS[key[4]][0]]),
                "amount": decimal(lines[key][1], 10),
                "priceListId": key[3],
            }
            for key in rows
        ],
        "total": decimal(sum(amount for _, amount in lines.values()), 10),
    }


def check_metering(log, found, through):
    """Where billing's own events are not what follows from the exits."""
    due = {usage["usageId"]: usage for usage in found if "corrects" not in usage}
    corrected = {usage["corrects"] for usage in found if "corrects" in usage}
    for correction_id, (_, data) in log.corrections.items():
        if data["usageId"] not in due:
            yield f"correction {correction_id}: there is no usage {data['usageId']}"
    for usage_id, usage in due.items():
        where = f"worker {usage['workerId']} (usage {usage_id}, payer {usage['payerId']})"
        said = log.metered.get(usage_id)
        if said is None:
            if usage["knownSeq"] <= through:
                yield f"{where}: was never metered"
            continue
        # What was wrong and was corrected since is wrong no more.
        seconds = () if usage_id in corrected else (
            ("usedSeconds", usage["used"]),
            ("billedSeconds", usage["billed"]),
        )
        for member, value in (
            *seconds,
            ("priceListId", usage["prices"]["priceListId"]),
            ("jobRunId", usage["jobRunId"]),
            ("accountId", usage["accountId"]),
        ):
            if said[member] != value:
                yield f"{where}: {member} was metered as {said[member]}, its exit gives {value}"
    for usage_id, said in log.metered.items():
        if usage_id not in due:
            yield f"usage {usage_id} of worker {said['workerId']}: no exit gives it"


def sums_of(postings, kind=""):
    """Exact sums of quantities and amounts by meter, on accounts of a kind."""
    sums = {}
    for posting in postings:
        if posting["account"].startswith(kind):
            quantity, amount = sums.get(posting["meter"], (0, 0))
            sums[posting["meter"]] = (
                quantity + int(posting["unitMs"]),
                amount + int(posting["amount"]),
            )
    return sums


def check_postings(log, found, through):
    due = {usage["usageId"]: usage for usage in found if "corrects" not in usage}
    corrections = grouped((one for one in found if "corrects" in one), lambda one: one["corrects"])
    of_usage = defaultdict(list)
    for transaction_id, said in log.posted.items():
        for meter, balance in sums_of(said["postings"]).items():
            if balance != (0, 0):
                yield f"transaction {transaction_id}: {meter} is not balanced: {balance}"
        of_usage[said["corrects"] or transaction_id].append(said)
    for usage_id, transactions in of_usage.items():
        usage = due.get(usage_id)
        if usage is None:
            yield f"transaction {usage_id}: no exit gives it"
            continue
        owed = sums_of([one for said in transactions for one in said["postings"]], "receivable:")
        # A correction is posted once billing has read it.
        known = [
            one
            for one in corrections[usage_id]
            if one["knownSeq"] <= through or one["usageId"] in log.posted
        ]
        for meter, quantity in usage["quantities"].items():
            quantity += sum(one["quantities"][meter] for one in known)
            exact = (quantity, quantity * usage["prices"][METERS[meter][0]])
            if owed.get(meter, (0, 0)) != exact:
                yield (
                    f"transaction {usage_id} of worker {usage['workerId']}: {meter} is"
                    f" {owed.get(meter)}, its exit gives {exact}"
                )
        if transactions[0]["knownSeq"] != usage["knownSeq"]:
            yield (
                f"transaction {usage_id} of worker {usage['workerId']}: known from"
                f" {transactions[0]['knownSeq']}, its exit is {usage['knownSeq']}"
            )


def check_issued(log, found):
    months = by_month(found)
    for (account, month), revisions in log.issued.items():
        for said in revisions:
            own = [one for one in months[(account, month)] if one["knownSeq"] <= said["throughSeq"]]
            lines = lines_of(own)
            total = str(sum(amount for _, amount in lines.values()))
            for member, value in (("digest", digest_of(lines)), ("totalE10", total)):
                if said[member] != value:
                    yield (
                        f"statement {account} {month} revision {said['revision']}: {member} was"
                        f" issued as {said[member]}, the exits give {value}"
                    )


def check_answer(answer, statements):
    """Where an answer of the product is not the same to the last digit."""
    due = {(one["accountId"], one["month"]): one for one in statements}
    for said in answer["statements"]:
        where = f"statement {said['accountId']} {said['month']}"
        own = due.pop((said["accountId"], said["month"]), None)
        if own is None:
            if said["lines"]:
                yield f"{where}: no exit gives it"
            continue
        key = lambda line: (line["kind"], line["payerId"], line["priceListId"], line["meter"])
        theirs, ours = ({key(line): line for line in one["lines"]} for one in (said, own))
        for name in sorted({*theirs, *ours}):
            if theirs.get(name) != ours.get(name):
                yield f"{where} line {' '.join(name)}: is {theirs.get(name)}, the exits give {ours.get(name)}"
        for member in ("total", "digest"):
            if said[member] != own[member]:
                yield f"{where}: {member} is {said[member]}, the exits give {own[member]}"
        issued = said["issued"]
        if (issued and issued["revision"]) != own["revision"]:
            yield f"{where}: revision is {issued and issued['revision']}, the log says {own['revision']}"
        if issued and not issued["intact"]:
            yield f"{where}: the postings are no longer what was issued"
    for account, month in due:
        yield f"statement {account} {month}: is missing in the answer"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", nargs="?", help="exported events, one JSON a line; standard input else")
    parser.add_argument("--month", help="only this month, such as 2026-11")
    parser.add_argument("--account", help="only this account")
    parser.add_argument("--through", type=int, help="exits up to this place of the log")
    parser.add_argument("--as-known-at", help="exits that the log had taken at this moment, UTC")
    parser.add_argument("--against", help="an answer of GET /v1/statements/<month> to compare with")
    parser.add_argument("--quiet", action="store_true", help="print findings alone")
    options = parser.parse_args()

    with open(options.log, encoding="utf-8") if options.log else sys.stdin as source:
        log = read(source)
    through = log.head if options.through is None else options.through
    found = usages(log)
    months = {
        (account, month): own
        for (account, month), own in sorted(by_month(found).items())
        if options.month in (None, month)
        and options.account in (None, account)
        and any(one["knownSeq"] <= through for one in own)
    }
    statements = [
        statement(log, own, account, month, through, options.as_known_at)
        for (account, month), own in months.items()
    ]
    findings = [
        *check_metering(log, found, through),
        *check_postings(log, found, through),
        *check_issued(log, found),
    ]
    if options.against:
        with open(options.against, encoding="utf-8") as file:
            findings += check_answer(json.load(file), statements)
    report = {"throughSeq": through, "exits": len(log.exits), "findings": findings}
    if not options.quiet:
        known = [one for one in found if one["knownSeq"] <= through]
        payers = grouped(known, lambda usage: usage["payerId"])
        report["statements"] = statements
        report["bills"] = {payer: bill(log, own) for payer, own in payers.items()}
    print(json.dumps(report, indent=2))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
