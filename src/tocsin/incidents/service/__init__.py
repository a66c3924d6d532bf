"""The verbs of an incident, one file a verb or two that belong together; `find` is the only door to one."""

from tocsin.incidents.service.access import (
    describe_in_html,
    find_deleted,
    find_id,
    lock,
    lock_id,
    look,
    look_up,
    reference_codes,
    see,
    show,
)
from tocsin.incidents.service.acknowledge import SEEN_AGAIN, acknowledge, first_response, unacknowledge
from tocsin.incidents.service.around import around, look_away, look_in, offers
from tocsin.incidents.service.asking import check_query, fitting, matching_ids
from tocsin.incidents.service.assign import assign, unassign
from tocsin.incidents.service.board import board
from tocsin.incidents.service.bulk import (
    OPERATIONS_DUE,
    OPERATIONS_NEXT,
    Begun,
    begin as begin_bulk,
    do_at_once,
    forget_operations,
    is_inline,
    run_operation,
    shown as shown_in_bulk,
    undo_operation,
    work_off,
)
from tocsin.incidents.service.calendar import due_by_day
from tocsin.incidents.service.changes import changes
from tocsin.incidents.service.check import check_new
from tocsin.incidents.service.clauses import choices_of, learn_words
from tocsin.incidents.service.clock import check_clock, check_clocks, next_due_of, sync_clock
from tocsin.incidents.service.closing import (
    CLOSING_DUE,
    CLOSING_NEXT,
    close_by_itself,
    rearm,
    reopen_by_reply,
    reopens_by_reply,
)
from tocsin.incidents.service.create import create
from tocsin.incidents.service.custom import add_tags, list_tags, missing, remove_tag, set_custom, set_tags
from tocsin.incidents.service.delegate import delegate, recall, return_delegated
from tocsin.incidents.service.delete import delete, restore
from tocsin.incidents.service.demands import EVERYWHERE, UNFINISHED, Needs, asked_for, needs
from tocsin.incidents.service.escalate import apply_escalation
from tocsin.incidents.service.history import COMMENT, COMMENTS, assignment_history, story, story_counts, timeline
from tocsin.incidents.service.importing import import_incidents, known_imports, lock_imports, reporters_by_name
from tocsin.incidents.service.include import shape_of, shaped
from tocsin.incidents.service.links import (
    add_link,
    close_family,
    count_open_parts,
    get_link,
    list_links,
    remove_link,
    resolve_family,
)
from tocsin.incidents.service.listing import Narrowing, count_incidents, list_incidents
from tocsin.incidents.service.merge import leads_to, merge
from tocsin.incidents.service.moments import FACTS, WEEKDAYS
from tocsin.incidents.service.operations import (
    begin_undo,
    cancel_operation,
    get_operation,
    list_results,
    merge_operation,
)
from tocsin.incidents.service.proof import prove
from tocsin.incidents.service.queues import Load, claim, hand_over, may_take, team_load, team_queues
from tocsin.incidents.service.record import changed, index_comment, index_comments_anew, note_progress
from tocsin.incidents.service.recording import STRUCTURE, made, recorded, takes, undoable
from tocsin.incidents.service.reporter import find_or_add_reporter, reporter_name
from tocsin.incidents.service.routing_rules import (
    add_rule,
    change_rule,
    get_rule,
    list_rules,
    preview as preview_route,
    remove_rule,
    rule_names,
)
from tocsin.incidents.service.searching import COMMENT_TEXTS, SEARCHED, index_all
from tocsin.incidents.service.similar import similar_incidents, similar_to
from tocsin.incidents.service.status import close, reopen, resolve, transition
from tocsin.incidents.service.tell import describe, public_audience, spell_moment, tell, watching_members
from tocsin.incidents.service.tracking import find_tracked
from tocsin.incidents.service.update import CUSTOM, Change, amend, field_of, read_moment, update
from tocsin.incidents.service.views import (
    add_view,
    change_view,
    count_views,
    delete_view,
    get_view,
    list_views,
    pin_view,
)
from tocsin.incidents.service.watch import (
    MUTED,
    add_watcher,
    follow,
    get_watcher,
    list_watchers,
    mute,
    remove_watcher,
    unmute,
)
from tocsin.incidents.store.known import CLOCK_STATE, SOON, first_id_after, known_at
from tocsin.incidents.store.outcomes import OUTCOME_FACTS, OUTCOME_MOMENT

__all__ = [
    "CLOCK_STATE",
    "CLOSING_DUE",
    "CLOSING_NEXT",
    "COMMENT",
    "COMMENTS",
    "COMMENT_TEXTS",
    "CUSTOM",
    "EVERYWHERE",
    "FACTS",
    "MUTED",
    "OPERATIONS_DUE",
    "OPERATIONS_NEXT",
    "OUTCOME_FACTS",
    "OUTCOME_MOMENT",
    "SEARCHED",
    "SEEN_AGAIN",
    "SOON",
    "STRUCTURE",
    "UNFINISHED",
    "WEEKDAYS",
    "Begun",
    "Change",
    "Load",
    "Narrowing",
    "Needs",
    "acknowledge",
    "add_link",
    "add_rule",
    "add_tags",
    "add_view",
    "add_watcher",
    "amend",
    "apply_escalation",
    "around",
    "asked_for",
    "assign",
    "assignment_history",
    "begin_bulk",
    "begin_undo",
    "board",
    "cancel_operation",
    "change_rule",
    "change_view",
    "changed",
    "changes",
    "check_clock",
    "check_clocks",
    "check_new",
    "check_query",
    "choices_of",
    "claim",
    "close",
    "close_by_itself",
    "close_family",
    "count_incidents",
    "count_open_parts",
    "count_views",
    "create",
    "delegate",
    "delete",
    "delete_view",
    "describe",
    "describe_in_html",
    "do_at_once",
    "due_by_day",
    "field_of",
    "find_deleted",
    "find_id",
    "find_or_add_reporter",
    "find_tracked",
    "first_id_after",
    "first_response",
    "fitting",
    "follow",
    "forget_operations",
    "get_link",
    "get_operation",
    "get_rule",
    "get_view",
    "get_watcher",
    "hand_over",
    "import_incidents",
    "index_all",
    "index_comment",
    "index_comments_anew",
    "is_inline",
    "known_at",
    "known_imports",
    "leads_to",
    "learn_words",
    "list_incidents",
    "list_links",
    "list_results",
    "list_rules",
    "list_tags",
    "list_views",
    "list_watchers",
    "lock",
    "lock_id",
    "lock_imports",
    "look",
    "look_away",
    "look_in",
    "look_up",
    "made",
    "matching_ids",
    "may_take",
    "merge",
    "merge_operation",
    "missing",
    "mute",
    "needs",
    "next_due_of",
    "note_progress",
    "offers",
    "pin_view",
    "preview_route",
    "prove",
    "public_audience",
    "read_moment",
    "rearm",
    "recall",
    "recorded",
    "reference_codes",
    "remove_link",
    "remove_rule",
    "remove_tag",
    "remove_watcher",
    "reopen",
    "reopen_by_reply",
    "reopens_by_reply",
    "reporter_name",
    "reporters_by_name",
    "resolve",
    "resolve_family",
    "restore",
    "return_delegated",
    "rule_names",
    "run_operation",
    "see",
    "set_custom",
    "set_tags",
    "shape_of",
    "shaped",
    "show",
    "shown_in_bulk",
    "similar_incidents",
    "similar_to",
    "spell_moment",
    "story",
    "story_counts",
    "sync_clock",
    "takes",
    "team_load",
    "team_queues",
    "tell",
    "timeline",
    "transition",
    "unacknowledge",
    "unassign",
    "undo_operation",
    "undoable",
    "unmute",
    "update",
    "watching_members",
    "work_off",
]
