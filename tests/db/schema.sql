CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

COMMENT ON EXTENSION btree_gin IS 'support for indexing common datatypes in GIN';

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

COMMENT ON EXTENSION unaccent IS 'text search dictionary that removes accents';

CREATE TYPE public.pgqueuer_status AS ENUM (
    'queued',
    'picked',
    'successful',
    'exception',
    'canceled',
    'deleted',
    'failed'
);

CREATE FUNCTION public.fn_pgqueuer_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    to_emit BOOLEAN := false;  -- Flag to decide whether to emit a notification
BEGIN
    -- Check operation type and set the emit flag accordingly
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        to_emit := true;
    ELSIF TG_OP = 'DELETE' THEN
        to_emit := true;
    ELSIF TG_OP = 'INSERT' THEN
        to_emit := true;
    ELSIF TG_OP = 'TRUNCATE' THEN
        to_emit := true;
    END IF;

    -- Perform notification if the emit flag is set
    IF to_emit THEN
        PERFORM pg_notify(
            'ch_pgqueuer',
            json_build_object(
                'channel', 'ch_pgqueuer',
                'operation', lower(TG_OP),
                'sent_at', NOW(),
                'table', TG_TABLE_NAME,
                'type', 'table_changed_event'
            )::text
        );
    END IF;

    -- Return appropriate value based on the operation
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSE
        RETURN NULL; -- For TRUNCATE and other non-row-specific contexts
    END IF;

END;
$$;

CREATE TABLE public.account_secrets (
    secret_hash bytea NOT NULL,
    kind text NOT NULL,
    account_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT account_secrets_kind_check CHECK ((kind = ANY (ARRAY['reset'::text, 'choice'::text])))
);

CREATE TABLE public.accounts (
    id uuid NOT NULL,
    email text NOT NULL,
    password_hash text,
    password_tenant_id uuid,
    tenant_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.api_tokens (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid,
    permissions text[],
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    created_by_id uuid,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.api_tokens FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audit_anchors (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    "position" bigint NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    previous bytea NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT audit_anchors_number_check CHECK ((number > 0)),
    CONSTRAINT audit_anchors_previous_check CHECK ((octet_length(previous) = 32)),
    CONSTRAINT audit_anchors_root_check CHECK ((octet_length(root) = 32)),
    CONSTRAINT audit_anchors_signature_check CHECK ((octet_length(signature) = 64)),
    CONSTRAINT audit_anchors_size_check CHECK ((size > 0))
);

ALTER TABLE ONLY public.audit_anchors FORCE ROW LEVEL SECURITY;

CREATE TABLE public.canned_replies (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    body text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.canned_replies FORCE ROW LEVEL SECURITY;

CREATE TABLE public.checklists (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    category_id uuid,
    priority_id uuid,
    items jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.checklists FORCE ROW LEVEL SECURITY;

CREATE TABLE public.custom_field_categories (
    tenant_id uuid NOT NULL,
    field_id uuid NOT NULL,
    category_id uuid NOT NULL
);

ALTER TABLE ONLY public.custom_field_categories FORCE ROW LEVEL SECURITY;

CREATE TABLE public.custom_fields (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    description text,
    type text NOT NULL,
    choices jsonb DEFAULT '[]'::jsonb NOT NULL,
    required_at text,
    is_public boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    sort_order integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT custom_fields_required_at_check CHECK ((required_at = ANY (ARRAY['create'::text, 'resolve'::text]))),
    CONSTRAINT custom_fields_type_check CHECK ((type = ANY (ARRAY['text'::text, 'number'::text, 'date'::text, 'boolean'::text, 'choice'::text, 'multi_choice'::text, 'user'::text, 'url'::text])))
);

ALTER TABLE ONLY public.custom_fields FORCE ROW LEVEL SECURITY;

CREATE TABLE public.escalation_alerts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    user_id uuid NOT NULL,
    run_id uuid,
    occasion text NOT NULL,
    reason text NOT NULL,
    rules jsonb NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    ended_because text,
    step integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT escalation_alerts_check CHECK (((state = 'running'::text) = (next_at IS NOT NULL))),
    CONSTRAINT escalation_alerts_state_check CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text, 'stopped'::text])))
);

ALTER TABLE ONLY public.escalation_alerts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.escalation_policies (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    conditions text DEFAULT ''::text NOT NULL,
    trigger jsonb NOT NULL,
    steps jsonb NOT NULL,
    repeat integer DEFAULT 0 NOT NULL,
    stop_on text[] DEFAULT '{}'::text[] NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    activated_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    hours text DEFAULT '24x7'::text NOT NULL,
    on_manual text DEFAULT 'outrun'::text NOT NULL,
    next_reach_at timestamp with time zone,
    reach jsonb,
    CONSTRAINT escalation_policies_hours_check CHECK ((hours = ANY (ARRAY['24x7'::text, 'business'::text]))),
    CONSTRAINT escalation_policies_on_manual_check CHECK ((on_manual = ANY (ARRAY['outrun'::text, 'stop'::text]))),
    CONSTRAINT escalation_policies_repeat_check CHECK (((repeat >= 0) AND (repeat <= 100)))
);

ALTER TABLE ONLY public.escalation_policies FORCE ROW LEVEL SECURITY;

CREATE TABLE public.escalation_runs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    policy_id uuid NOT NULL,
    policy_version integer NOT NULL,
    snapshot jsonb NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    ended_because text,
    triggered_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    step integer DEFAULT 0 NOT NULL,
    round integer DEFAULT 0 NOT NULL,
    next_step_at timestamp with time zone,
    paused_at timestamp with time zone,
    remaining interval,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    about jsonb DEFAULT '{}'::jsonb NOT NULL,
    skipped interval DEFAULT '00:00:00'::interval NOT NULL,
    reached boolean DEFAULT false NOT NULL,
    left_over interval,
    CONSTRAINT escalation_runs_check CHECK ((((state = 'running'::text) AND (paused_at IS NULL)) = (next_step_at IS NOT NULL))),
    CONSTRAINT escalation_runs_check1 CHECK (((paused_at IS NULL) = (remaining IS NULL))),
    CONSTRAINT escalation_runs_state_check CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text, 'stopped'::text])))
);

ALTER TABLE ONLY public.escalation_runs FORCE ROW LEVEL SECURITY;

CREATE TABLE public.escalation_settings (
    tenant_id uuid NOT NULL,
    last_resort_id uuid,
    updated_at timestamp with time zone NOT NULL,
    link_key bytea
);

ALTER TABLE ONLY public.escalation_settings FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_feeds (
    tenant_id uuid NOT NULL,
    last_pos bigint DEFAULT 0 NOT NULL,
    next_anchor_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.event_feeds FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_heads (
    tenant_id uuid NOT NULL,
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    recorded_at timestamp with time zone
);

ALTER TABLE ONLY public.event_heads FORCE ROW LEVEL SECURITY;

CREATE TABLE public.events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    type text NOT NULL,
    incident_id uuid,
    actor_id uuid,
    at timestamp with time zone NOT NULL,
    source text NOT NULL,
    facts jsonb NOT NULL,
    commitments jsonb NOT NULL,
    data jsonb NOT NULL,
    hash bytea NOT NULL,
    pending text[] DEFAULT '{}'::text[] NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    pos bigint,
    CONSTRAINT events_pos_check CHECK ((pos > 0))
);

ALTER TABLE ONLY public.events FORCE ROW LEVEL SECURITY;

CREATE TABLE public.file_stores (
    tenant_id uuid NOT NULL,
    link_key bytea NOT NULL,
    next_sweep_at timestamp with time zone NOT NULL,
    CONSTRAINT file_stores_link_key_check CHECK ((octet_length(link_key) = 32))
);

ALTER TABLE ONLY public.file_stores FORCE ROW LEVEL SECURITY;

CREATE TABLE public.idempotency_keys (
    tenant_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status smallint,
    headers jsonb,
    body bytea,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_assignments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    assigned_to_id uuid NOT NULL,
    assigned_by_id uuid,
    delegated_from_id uuid,
    previous_assignment_id uuid,
    capacity text DEFAULT 'owner'::text NOT NULL,
    assigned_at timestamp with time zone NOT NULL,
    unassigned_at timestamp with time zone,
    is_active boolean DEFAULT true NOT NULL,
    delegated_until timestamp with time zone,
    note text,
    until_passed boolean DEFAULT false NOT NULL,
    CONSTRAINT incident_assignments_capacity_check CHECK ((capacity = ANY (ARRAY['owner'::text, 'collaborator'::text]))),
    CONSTRAINT incident_assignments_check CHECK ((is_active = (unassigned_at IS NULL)))
);

ALTER TABLE ONLY public.incident_assignments FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_attachments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    comment_id uuid,
    disk text NOT NULL,
    path text NOT NULL,
    filename text NOT NULL,
    mime_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    is_internal boolean DEFAULT false NOT NULL,
    uploaded_by_id uuid,
    uploaded_by_reporter_id uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    file_id uuid NOT NULL,
    CONSTRAINT incident_attachments_check CHECK (((uploaded_by_id IS NULL) OR (uploaded_by_reporter_id IS NULL))),
    CONSTRAINT incident_attachments_size_bytes_check CHECK ((size_bytes > 0))
);

ALTER TABLE ONLY public.incident_attachments FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_categories (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    description text,
    type text,
    department text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.incident_categories FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_checklists (
    tenant_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    checklist_id uuid NOT NULL,
    applied_by_id uuid,
    applied_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.incident_checklists FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_comment_mentions (
    tenant_id uuid NOT NULL,
    comment_id uuid NOT NULL,
    user_id uuid NOT NULL
);

ALTER TABLE ONLY public.incident_comment_mentions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_comment_versions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    comment_id uuid NOT NULL,
    body text NOT NULL,
    body_html text NOT NULL,
    written_at timestamp with time zone NOT NULL,
    replaced_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.incident_comment_versions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_comments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    user_id uuid,
    reporter_id uuid,
    body text NOT NULL,
    body_html text NOT NULL,
    is_internal boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    edited_at timestamp with time zone,
    deleted_at timestamp with time zone,
    deleted_by_id uuid,
    CONSTRAINT incident_comments_check CHECK (((user_id IS NULL) OR (reporter_id IS NULL))),
    CONSTRAINT incident_comments_check1 CHECK ((NOT (is_internal AND (reporter_id IS NOT NULL)))),
    CONSTRAINT incident_comments_check2 CHECK (((deleted_at IS NULL) OR ((body = ''::text) AND (body_html = ''::text))))
);

ALTER TABLE ONLY public.incident_comments FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_counters (
    tenant_id uuid NOT NULL,
    last_no bigint NOT NULL
);

ALTER TABLE ONLY public.incident_counters FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_custom_values (
    tenant_id uuid NOT NULL,
    field_id uuid NOT NULL,
    value text NOT NULL COLLATE pg_catalog."C",
    number double precision,
    incident_id uuid NOT NULL
);

ALTER TABLE ONLY public.incident_custom_values FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_escalations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    from_priority_id uuid,
    to_priority_id uuid,
    from_user_id uuid,
    to_user_id uuid,
    from_team_id uuid,
    to_team_id uuid,
    escalated_by_id uuid,
    reason text NOT NULL,
    run_id uuid,
    policy_id uuid,
    step integer,
    round integer,
    outcome jsonb DEFAULT '[]'::jsonb NOT NULL,
    escalated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.incident_escalations FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_extensions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    original_due_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    requested_by_id uuid NOT NULL,
    decided_by_id uuid,
    decided_at timestamp with time zone,
    note text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT incident_extensions_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'withdrawn'::text, 'expired'::text])))
);

ALTER TABLE ONLY public.incident_extensions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_links (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    from_id uuid NOT NULL,
    to_id uuid NOT NULL,
    type text NOT NULL,
    created_by_id uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT incident_links_check CHECK ((from_id <> to_id)),
    CONSTRAINT incident_links_type_check CHECK ((type = ANY (ARRAY['relates'::text, 'duplicates'::text, 'blocks'::text, 'caused_by'::text, 'child_of'::text])))
);

ALTER TABLE ONLY public.incident_links FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_major_actions (
    tenant_id uuid NOT NULL,
    major_id uuid NOT NULL,
    task_id uuid NOT NULL
);

ALTER TABLE ONLY public.incident_major_actions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_major_updates (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    major_id uuid NOT NULL,
    user_id uuid,
    stage text NOT NULL,
    body text NOT NULL,
    body_html text NOT NULL,
    is_internal boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT incident_major_updates_stage_check CHECK ((stage = ANY (ARRAY['investigating'::text, 'identified'::text, 'monitoring'::text, 'resolved'::text])))
);

ALTER TABLE ONLY public.incident_major_updates FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_majors (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    reason text NOT NULL,
    stage text DEFAULT 'investigating'::text NOT NULL,
    commander_id uuid,
    communications_id uuid,
    scribe_id uuid,
    declared_by_id uuid,
    declared_at timestamp with time zone NOT NULL,
    ended_by_id uuid,
    ended_at timestamp with time zone,
    review jsonb DEFAULT '{}'::jsonb NOT NULL,
    reviewed_by_id uuid,
    reviewed_at timestamp with time zone,
    CONSTRAINT incident_majors_stage_check CHECK ((stage = ANY (ARRAY['investigating'::text, 'identified'::text, 'monitoring'::text, 'resolved'::text])))
);

ALTER TABLE ONLY public.incident_majors FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_operation_items (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    place integer NOT NULL,
    ref text NOT NULL,
    incident_id uuid,
    status smallint,
    problem jsonb,
    version integer,
    image jsonb,
    moved jsonb,
    undo_status smallint,
    undo_problem jsonb
);

ALTER TABLE ONLY public.incident_operation_items FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_operations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    verb text,
    given jsonb DEFAULT '{}'::jsonb NOT NULL,
    may text[] NOT NULL,
    held text[] DEFAULT '{}'::text[] NOT NULL,
    actor_id uuid,
    source text NOT NULL,
    state text DEFAULT 'done'::text NOT NULL,
    total integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    undo_until timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    undone_by_id uuid,
    is_undoing boolean DEFAULT false NOT NULL,
    next_run_at timestamp with time zone,
    CONSTRAINT incident_operations_check CHECK ((((state = ANY (ARRAY['queued'::text, 'running'::text])) OR is_undoing) = (next_run_at IS NOT NULL))),
    CONSTRAINT incident_operations_state_check CHECK ((state = ANY (ARRAY['done'::text, 'queued'::text, 'running'::text, 'cancelled'::text])))
);

ALTER TABLE ONLY public.incident_operations FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_presence (
    tenant_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    user_id uuid NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.incident_presence FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_priorities (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    level integer NOT NULL,
    response_time_minutes integer,
    resolution_time_minutes integer,
    is_default boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT incident_priorities_level_check CHECK (((level >= 1) AND (level <= 1000))),
    CONSTRAINT incident_priorities_resolution_time_minutes_check CHECK (((resolution_time_minutes >= 1) AND (resolution_time_minutes <= 5256000))),
    CONSTRAINT incident_priorities_response_time_minutes_check CHECK (((response_time_minutes >= 1) AND (response_time_minutes <= 5256000)))
);

ALTER TABLE ONLY public.incident_priorities FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_progress (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    user_id uuid NOT NULL,
    percent smallint NOT NULL,
    summary text NOT NULL,
    next_update_due_at timestamp with time zone,
    is_internal boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    remind_at timestamp with time zone,
    CONSTRAINT incident_progress_percent_check CHECK (((percent >= 0) AND (percent <= 100)))
);

ALTER TABLE ONLY public.incident_progress FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_reminders (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    reminder_type text NOT NULL,
    scheduled_for timestamp with time zone,
    before_due_minutes integer,
    sent_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    state text DEFAULT 'scheduled'::text NOT NULL,
    channel text NOT NULL,
    recipients jsonb DEFAULT '[]'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_by_id uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    rrule text,
    starts_at timestamp with time zone,
    nominal_at timestamp with time zone,
    occurrence integer DEFAULT 0 NOT NULL,
    snoozed_until timestamp with time zone,
    is_urgent boolean DEFAULT false NOT NULL,
    CONSTRAINT incident_reminders_before_due_minutes_check CHECK ((before_due_minutes > 0)),
    CONSTRAINT incident_reminders_by_due CHECK (((rrule IS NULL) OR (before_due_minutes IS NULL))),
    CONSTRAINT incident_reminders_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'slack'::text]))),
    CONSTRAINT incident_reminders_recurs CHECK (((rrule IS NULL) = (starts_at IS NULL))),
    CONSTRAINT incident_reminders_state_check CHECK ((state = ANY (ARRAY['scheduled'::text, 'sent'::text, 'cancelled'::text])))
);

ALTER TABLE ONLY public.incident_reminders FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_reporters (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    organization text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    organization_key text GENERATED ALWAYS AS (lower(btrim(organization))) STORED
);

ALTER TABLE ONLY public.incident_reporters FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_search (
    tenant_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    doc tsvector NOT NULL,
    doc_public tsvector
);
ALTER TABLE ONLY public.incident_search ALTER COLUMN doc SET STATISTICS 1000;

ALTER TABLE ONLY public.incident_search FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_slas (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    policy jsonb NOT NULL,
    started_at timestamp with time zone NOT NULL,
    response_target_minutes integer,
    resolution_target_minutes integer,
    response_due_at timestamp with time zone,
    resolution_due_at timestamp with time zone,
    fixed_due_at timestamp with time zone,
    first_response_at timestamp with time zone,
    resolution_at timestamp with time zone,
    stopped_at timestamp with time zone,
    stopped jsonb DEFAULT '[]'::jsonb NOT NULL,
    paused_at timestamp with time zone,
    paused jsonb DEFAULT '[]'::jsonb NOT NULL,
    response_warned smallint DEFAULT 0 NOT NULL,
    resolution_warned smallint DEFAULT 0 NOT NULL,
    response_breached_at timestamp with time zone,
    resolution_breached_at timestamp with time zone,
    is_breached boolean DEFAULT false NOT NULL,
    breached_at timestamp with time zone,
    next_check_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    calendar_version_id uuid,
    update_target_minutes integer,
    update_due_at timestamp with time zone,
    publicly_updated_at timestamp with time zone,
    update_warned smallint DEFAULT 0 NOT NULL,
    update_breached_at timestamp with time zone,
    extended_at timestamp with time zone,
    extended_due_at timestamp with time zone,
    original_due_at timestamp with time zone
);

ALTER TABLE ONLY public.incident_slas FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_status_transitions (
    tenant_id uuid NOT NULL,
    from_status_id uuid NOT NULL,
    to_status_id uuid NOT NULL,
    demands jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT incident_status_transitions_check CHECK ((from_status_id <> to_status_id))
);

ALTER TABLE ONLY public.incident_status_transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_statuses (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    sort_order integer DEFAULT 0 NOT NULL,
    is_terminal boolean DEFAULT false NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    is_resolved boolean DEFAULT false NOT NULL,
    pauses_sla boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT incident_statuses_check CHECK ((NOT (is_default AND (is_terminal OR is_resolved OR pauses_sla)))),
    CONSTRAINT incident_statuses_check1 CHECK ((NOT (pauses_sla AND (is_terminal OR is_resolved))))
);

ALTER TABLE ONLY public.incident_statuses FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_tags (
    tenant_id uuid NOT NULL,
    tag text NOT NULL COLLATE pg_catalog."C",
    incident_id uuid NOT NULL
);

ALTER TABLE ONLY public.incident_tags FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_task_dependencies (
    tenant_id uuid NOT NULL,
    task_id uuid NOT NULL,
    depends_on_id uuid NOT NULL,
    CONSTRAINT incident_task_dependencies_check CHECK ((task_id <> depends_on_id))
);

ALTER TABLE ONLY public.incident_task_dependencies FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_tasks (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    assigned_to_id uuid,
    title text NOT NULL,
    description text,
    status text DEFAULT 'open'::text NOT NULL,
    due_at timestamp with time zone,
    completed_at timestamp with time zone,
    sort_order integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT incident_tasks_status_check CHECK ((status = ANY (ARRAY['open'::text, 'in_progress'::text, 'done'::text, 'cancelled'::text])))
);

ALTER TABLE ONLY public.incident_tasks FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_team_clocks (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    team_id uuid NOT NULL,
    policy jsonb NOT NULL,
    calendar_version_id uuid,
    target_minutes integer NOT NULL,
    warning_percents integer[] NOT NULL,
    held jsonb DEFAULT '[]'::jsonb NOT NULL,
    running_since timestamp with time zone,
    due_at timestamp with time zone,
    warned smallint DEFAULT 0 NOT NULL,
    breached_at timestamp with time zone,
    next_check_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.incident_team_clocks FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_view_pins (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    view_id uuid NOT NULL,
    place integer NOT NULL
);

ALTER TABLE ONLY public.incident_view_pins FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_views (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    query text DEFAULT ''::text NOT NULL,
    sort text NOT NULL,
    columns text[] DEFAULT '{}'::text[] NOT NULL,
    scope text NOT NULL,
    team_id uuid,
    owner_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT incident_views_check CHECK (((scope = 'team'::text) = (team_id IS NOT NULL))),
    CONSTRAINT incident_views_scope_check CHECK ((scope = ANY (ARRAY['private'::text, 'team'::text, 'tenant'::text])))
);

ALTER TABLE ONLY public.incident_views FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incident_watchers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    user_id uuid,
    team_id uuid,
    email text,
    reason text DEFAULT 'added'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    is_muted boolean DEFAULT false NOT NULL,
    CONSTRAINT incident_watchers_check CHECK ((num_nonnulls(user_id, team_id, email) = 1))
);

ALTER TABLE ONLY public.incident_watchers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.incidents (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    reference_no bigint NOT NULL,
    reference_code text NOT NULL,
    title text NOT NULL,
    description text,
    category_id uuid,
    priority_id uuid NOT NULL,
    priority_level integer NOT NULL,
    status_id uuid NOT NULL,
    is_open boolean NOT NULL,
    reported_by_user_id uuid,
    reported_by_reporter_id uuid,
    reported_by_id uuid GENERATED ALWAYS AS (COALESCE(reported_by_user_id, reported_by_reporter_id)) STORED,
    reported_via text NOT NULL,
    assigned_to_id uuid,
    team_id uuid,
    due_at timestamp with time zone,
    due_source text DEFAULT 'sla'::text NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by_id uuid,
    resolved_at timestamp with time zone,
    closed_at timestamp with time zone,
    source text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    impact text,
    progress_percent smallint,
    is_breached boolean DEFAULT false NOT NULL,
    reopen_count integer DEFAULT 0 NOT NULL,
    import_key text,
    tracking_hash bytea,
    version integer DEFAULT 1 NOT NULL,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    next_due_at timestamp with time zone,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    auto_close_at timestamp with time zone,
    description_html text,
    merged_into_id uuid,
    public_percent smallint,
    CONSTRAINT incidents_check CHECK (((reported_by_user_id IS NULL) OR (reported_by_reporter_id IS NULL))),
    CONSTRAINT incidents_custom_check CHECK ((jsonb_typeof(custom) = 'object'::text)),
    CONSTRAINT incidents_due_source_check CHECK ((due_source = ANY (ARRAY['sla'::text, 'manual'::text]))),
    CONSTRAINT incidents_progress_percent_check CHECK (((progress_percent >= 0) AND (progress_percent <= 100))),
    CONSTRAINT incidents_public_percent_check CHECK (((public_percent >= 0) AND (public_percent <= 100))),
    CONSTRAINT incidents_reported_via_check CHECK ((reported_via = ANY (ARRAY['internal'::text, 'public'::text]))),
    CONSTRAINT incidents_source_check CHECK ((source = ANY (ARRAY['email'::text, 'web'::text, 'api'::text, 'import'::text, 'alert'::text])))
);

ALTER TABLE ONLY public.incidents FORCE ROW LEVEL SECURITY;

CREATE TABLE public.macros (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    description text,
    steps jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.macros FORCE ROW LEVEL SECURITY;

CREATE TABLE public.notification_deliveries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    dedupe_key text NOT NULL,
    kind text NOT NULL,
    incident_id uuid,
    user_id uuid,
    reporter_id uuid,
    channel text NOT NULL,
    address text,
    subject text NOT NULL,
    body text NOT NULL,
    headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone,
    last_error text,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    link text,
    link_text text,
    CONSTRAINT notification_deliveries_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'slack'::text]))),
    CONSTRAINT notification_deliveries_check CHECK (((state = 'pending'::text) = (next_attempt_at IS NOT NULL))),
    CONSTRAINT notification_deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sent'::text, 'recorded'::text, 'failed'::text, 'skipped'::text])))
);

ALTER TABLE ONLY public.notification_deliveries FORCE ROW LEVEL SECURITY;

CREATE TABLE public.notification_gateways (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    channel text NOT NULL,
    host text NOT NULL,
    has_secret boolean NOT NULL,
    sealed bytea NOT NULL,
    updated_by_id uuid,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT notification_gateways_channel_check CHECK ((channel = ANY (ARRAY['slack'::text, 'sms'::text])))
);

ALTER TABLE ONLY public.notification_gateways FORCE ROW LEVEL SECURITY;

CREATE TABLE public.notification_rules (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    rules jsonb NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.notification_rules FORCE ROW LEVEL SECURITY;

CREATE TABLE public.oncall_feeds (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    schedule_id uuid,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.oncall_feeds FORCE ROW LEVEL SECURITY;

CREATE TABLE public.oncall_layer_people (
    tenant_id uuid NOT NULL,
    layer_id uuid NOT NULL,
    "position" integer NOT NULL,
    user_id uuid NOT NULL
);

ALTER TABLE ONLY public.oncall_layer_people FORCE ROW LEVEL SECURITY;

CREATE TABLE public.oncall_layers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    schedule_id uuid NOT NULL,
    "position" integer NOT NULL,
    name text NOT NULL,
    rotation text NOT NULL,
    every integer NOT NULL,
    starts text NOT NULL,
    time_zone text,
    hours jsonb DEFAULT '{}'::jsonb NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone,
    CONSTRAINT oncall_layers_check CHECK ((valid_from <= valid_until)),
    CONSTRAINT oncall_layers_every_check CHECK (((every >= 1) AND (every <= 10000))),
    CONSTRAINT oncall_layers_rotation_check CHECK ((rotation = ANY (ARRAY['daily'::text, 'weekly'::text, 'custom'::text])))
);

ALTER TABLE ONLY public.oncall_layers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.oncall_overrides (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    schedule_id uuid NOT NULL,
    user_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    reason text,
    swap_id uuid,
    created_by_id uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT oncall_overrides_check CHECK ((starts_at < ends_at))
);

ALTER TABLE ONLY public.oncall_overrides FORCE ROW LEVEL SECURITY;

CREATE TABLE public.oncall_schedules (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    description text,
    time_zone text NOT NULL,
    team_id uuid,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.oncall_schedules FORCE ROW LEVEL SECURITY;

CREATE TABLE public.oncall_swaps (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    schedule_id uuid NOT NULL,
    from_user_id uuid NOT NULL,
    to_user_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    return_starts_at timestamp with time zone,
    return_ends_at timestamp with time zone,
    note text,
    state text DEFAULT 'asked'::text NOT NULL,
    decided_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT oncall_swaps_check CHECK (((starts_at < ends_at) AND (from_user_id <> to_user_id))),
    CONSTRAINT oncall_swaps_check1 CHECK ((return_starts_at < return_ends_at)),
    CONSTRAINT oncall_swaps_check2 CHECK (((return_starts_at IS NULL) = (return_ends_at IS NULL))),
    CONSTRAINT oncall_swaps_check3 CHECK (((state = 'asked'::text) = (decided_at IS NULL))),
    CONSTRAINT oncall_swaps_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'accepted'::text, 'declined'::text, 'withdrawn'::text])))
);

ALTER TABLE ONLY public.oncall_swaps FORCE ROW LEVEL SECURITY;

CREATE TABLE public.pgqueuer (
    id bigint NOT NULL,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    execute_after timestamp with time zone DEFAULT now() NOT NULL,
    status public.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer DEFAULT 0 NOT NULL,
    slot bigint
);

CREATE SEQUENCE public.pgqueuer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.pgqueuer_id_seq OWNED BY public.pgqueuer.id;

CREATE TABLE public.pgqueuer_log (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    job_id bigint NOT NULL,
    status public.pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

ALTER TABLE public.pgqueuer_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.pgqueuer_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.pgqueuer_schedules (
    id bigint NOT NULL,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    next_run timestamp with time zone DEFAULT now() NOT NULL,
    last_run timestamp with time zone,
    status public.pgqueuer_status DEFAULT 'queued'::public.pgqueuer_status
);

CREATE SEQUENCE public.pgqueuer_schedules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.pgqueuer_schedules_id_seq OWNED BY public.pgqueuer_schedules.id;

CREATE TABLE public.pgqueuer_statistics (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT date_trunc('sec'::text, now()) NOT NULL,
    count bigint NOT NULL,
    priority integer NOT NULL,
    status public.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);

CREATE SEQUENCE public.pgqueuer_statistics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.pgqueuer_statistics_id_seq OWNED BY public.pgqueuer_statistics.id;

CREATE UNLOGGED TABLE public.rate_counters (
    key bytea NOT NULL,
    window_start timestamp with time zone NOT NULL,
    hits integer NOT NULL
);

CREATE TABLE public.report_counts (
    tenant_id uuid NOT NULL,
    dimension text NOT NULL,
    day date NOT NULL,
    key uuid NOT NULL,
    created integer NOT NULL,
    resolved integer NOT NULL,
    met integer NOT NULL,
    responded integer NOT NULL,
    breached integer NOT NULL,
    hours integer[] NOT NULL,
    response_buckets smallint[] NOT NULL,
    response_counts integer[] NOT NULL,
    resolve_buckets smallint[] NOT NULL,
    resolve_counts integer[] NOT NULL,
    CONSTRAINT report_counts_check CHECK ((cardinality(response_buckets) = cardinality(response_counts))),
    CONSTRAINT report_counts_check1 CHECK ((cardinality(resolve_buckets) = cardinality(resolve_counts))),
    CONSTRAINT report_counts_dimension_check CHECK ((dimension = ANY (ARRAY['all'::text, 'priority'::text, 'category'::text, 'team'::text])))
);

ALTER TABLE ONLY public.report_counts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.report_days (
    tenant_id uuid NOT NULL,
    day date NOT NULL,
    zone text NOT NULL,
    counted_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.report_days FORCE ROW LEVEL SECURITY;

CREATE TABLE public.report_marks (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    day date NOT NULL,
    due_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.report_marks FORCE ROW LEVEL SECURITY;

CREATE TABLE public.roles (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    permissions text[] DEFAULT '{}'::text[] NOT NULL,
    is_seeded boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.roles FORCE ROW LEVEL SECURITY;

CREATE TABLE public.routing_rule_entries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    rule_id uuid NOT NULL,
    category_id uuid,
    priority_id uuid,
    CONSTRAINT routing_rule_entries_check CHECK ((num_nonnulls(category_id, priority_id) = 1))
);

ALTER TABLE ONLY public.routing_rule_entries FORCE ROW LEVEL SECURITY;

CREATE TABLE public.routing_rules (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    "position" integer NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    sources text[] DEFAULT '{}'::text[] NOT NULL,
    organizations text[] DEFAULT '{}'::text[] NOT NULL,
    keywords text[] DEFAULT '{}'::text[] NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    team_id uuid,
    user_id uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT routing_rules_check CHECK ((num_nonnulls(team_id, user_id) > 0))
);

ALTER TABLE ONLY public.routing_rules FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    csrf_token text NOT NULL,
    user_id uuid NOT NULL,
    address text,
    user_agent text,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sessions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sla_calendar_versions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    calendar_id uuid NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL,
    hours jsonb NOT NULL,
    holidays jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sla_calendar_versions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sla_calendars (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    time_zone text NOT NULL,
    hours jsonb NOT NULL,
    holidays jsonb DEFAULT '[]'::jsonb NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    version_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT sla_calendars_check CHECK ((is_active OR (NOT is_default)))
);

ALTER TABLE ONLY public.sla_calendars FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sla_digests (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    events uuid[] DEFAULT '{}'::uuid[] NOT NULL
);

ALTER TABLE ONLY public.sla_digests FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sla_policies (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    category_id uuid,
    team_id uuid,
    organisation text,
    calendar_id uuid,
    warning_percents integer[],
    extensions integer,
    hands_minutes integer,
    is_active boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT sla_policies_check CHECK (((hands_minutes IS NULL) OR (team_id IS NOT NULL)))
);

ALTER TABLE ONLY public.sla_policies FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sla_targets (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    policy_id uuid NOT NULL,
    priority_id uuid NOT NULL,
    response_minutes integer,
    update_minutes integer,
    resolution_minutes integer,
    calendar_id uuid
);

ALTER TABLE ONLY public.sla_targets FORCE ROW LEVEL SECURITY;

CREATE TABLE public.stored_files (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    disk text NOT NULL,
    path text NOT NULL,
    mime_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    scan text DEFAULT 'none'::text NOT NULL,
    scan_found text,
    thumbnail text DEFAULT 'none'::text NOT NULL,
    due_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT stored_files_scan_check CHECK ((scan = ANY (ARRAY['none'::text, 'waiting'::text, 'clean'::text, 'infected'::text]))),
    CONSTRAINT stored_files_sha256_check CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT stored_files_size_bytes_check CHECK ((size_bytes > 0)),
    CONSTRAINT stored_files_thumbnail_check CHECK ((thumbnail = ANY (ARRAY['none'::text, 'waiting'::text, 'made'::text])))
);

ALTER TABLE ONLY public.stored_files FORCE ROW LEVEL SECURITY;

CREATE TABLE public.team_members (
    tenant_id uuid NOT NULL,
    team_id uuid NOT NULL,
    user_id uuid NOT NULL,
    is_lead boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY public.team_members FORCE ROW LEVEL SECURITY;

CREATE TABLE public.team_turns (
    tenant_id uuid NOT NULL,
    team_id uuid NOT NULL,
    turn bigint NOT NULL,
    handed jsonb DEFAULT '[]'::jsonb NOT NULL
);

ALTER TABLE ONLY public.team_turns FORCE ROW LEVEL SECURITY;

CREATE TABLE public.teams (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    description text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    spread text DEFAULT 'none'::text NOT NULL,
    CONSTRAINT teams_spread_check CHECK ((spread = ANY (ARRAY['none'::text, 'round_robin'::text, 'least_work'::text, 'sticky'::text])))
);

ALTER TABLE ONLY public.teams FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tenants (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    host text,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    locale text DEFAULT 'en'::text NOT NULL,
    kind text DEFAULT 'live'::text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    clock_at timestamp with time zone,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    disabled_modules text[] DEFAULT '{}'::text[] NOT NULL,
    revision bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT tenants_check CHECK (((kind = 'sandbox'::text) = (clock_at IS NOT NULL))),
    CONSTRAINT tenants_kind_check CHECK ((kind = ANY (ARRAY['live'::text, 'sandbox'::text]))),
    CONSTRAINT tenants_slug_check CHECK ((slug ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'::text)),
    CONSTRAINT tenants_state_check CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text])))
);

CREATE TABLE public.user_absences (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    deputy_id uuid,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    created_by_id uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT user_absences_check CHECK ((starts_at < ends_at)),
    CONSTRAINT user_absences_check1 CHECK ((deputy_id <> user_id))
);

ALTER TABLE ONLY public.user_absences FORCE ROW LEVEL SECURITY;

CREATE TABLE public.user_channels (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    address text NOT NULL,
    verified_at timestamp with time zone,
    code_hash bytea,
    code_sent_at timestamp with time zone,
    guesses integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT user_channels_check CHECK (((code_hash IS NULL) = (code_sent_at IS NULL))),
    CONSTRAINT user_channels_kind_check CHECK ((kind = ANY (ARRAY['email'::text, 'sms'::text])))
);

ALTER TABLE ONLY public.user_channels FORCE ROW LEVEL SECURITY;

CREATE TABLE public.user_roles (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL
);

ALTER TABLE ONLY public.user_roles FORCE ROW LEVEL SECURITY;

CREATE TABLE public.users (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid,
    name text NOT NULL,
    email text,
    phone text,
    kind text DEFAULT 'person'::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    time_zone text,
    locale text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    manager_id uuid,
    CONSTRAINT users_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'service'::text])))
);

ALTER TABLE ONLY public.users FORCE ROW LEVEL SECURITY;

ALTER TABLE ONLY public.pgqueuer ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_id_seq'::regclass);

ALTER TABLE ONLY public.pgqueuer_schedules ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_schedules_id_seq'::regclass);

ALTER TABLE ONLY public.pgqueuer_statistics ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_statistics_id_seq'::regclass);

ALTER TABLE ONLY public.account_secrets
    ADD CONSTRAINT account_secrets_pkey PRIMARY KEY (secret_hash);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_email_key UNIQUE (email);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.audit_anchors
    ADD CONSTRAINT audit_anchors_pkey PRIMARY KEY (tenant_id, number);

ALTER TABLE ONLY public.canned_replies
    ADD CONSTRAINT canned_replies_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.checklists
    ADD CONSTRAINT checklists_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.custom_field_categories
    ADD CONSTRAINT custom_field_categories_pkey PRIMARY KEY (tenant_id, field_id, category_id);

ALTER TABLE ONLY public.custom_fields
    ADD CONSTRAINT custom_fields_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.escalation_alerts
    ADD CONSTRAINT escalation_alerts_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.escalation_policies
    ADD CONSTRAINT escalation_policies_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.escalation_runs
    ADD CONSTRAINT escalation_runs_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.escalation_settings
    ADD CONSTRAINT escalation_settings_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.event_feeds
    ADD CONSTRAINT event_feeds_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.event_heads
    ADD CONSTRAINT event_heads_pkey PRIMARY KEY (tenant_id, stream);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.file_stores
    ADD CONSTRAINT file_stores_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, actor_id, key);

ALTER TABLE ONLY public.incident_assignments
    ADD CONSTRAINT incident_assignments_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_attachments
    ADD CONSTRAINT incident_attachments_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_categories
    ADD CONSTRAINT incident_categories_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_checklists
    ADD CONSTRAINT incident_checklists_pkey PRIMARY KEY (tenant_id, incident_id, checklist_id);

ALTER TABLE ONLY public.incident_comment_mentions
    ADD CONSTRAINT incident_comment_mentions_pkey PRIMARY KEY (tenant_id, comment_id, user_id);

ALTER TABLE ONLY public.incident_comment_versions
    ADD CONSTRAINT incident_comment_versions_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_comments
    ADD CONSTRAINT incident_comments_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_counters
    ADD CONSTRAINT incident_counters_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.incident_custom_values
    ADD CONSTRAINT incident_custom_values_pkey PRIMARY KEY (tenant_id, field_id, value, incident_id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_extensions
    ADD CONSTRAINT incident_extensions_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_links
    ADD CONSTRAINT incident_links_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_major_actions
    ADD CONSTRAINT incident_major_actions_pkey PRIMARY KEY (tenant_id, major_id, task_id);

ALTER TABLE ONLY public.incident_major_updates
    ADD CONSTRAINT incident_major_updates_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_majors
    ADD CONSTRAINT incident_majors_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_operation_items
    ADD CONSTRAINT incident_operation_items_pkey PRIMARY KEY (tenant_id, operation_id, place);

ALTER TABLE ONLY public.incident_operations
    ADD CONSTRAINT incident_operations_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_presence
    ADD CONSTRAINT incident_presence_pkey PRIMARY KEY (tenant_id, incident_id, user_id);

ALTER TABLE ONLY public.incident_priorities
    ADD CONSTRAINT incident_priorities_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_progress
    ADD CONSTRAINT incident_progress_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_reminders
    ADD CONSTRAINT incident_reminders_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_reporters
    ADD CONSTRAINT incident_reporters_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_search
    ADD CONSTRAINT incident_search_pkey PRIMARY KEY (tenant_id, incident_id);

ALTER TABLE ONLY public.incident_slas
    ADD CONSTRAINT incident_slas_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_status_transitions
    ADD CONSTRAINT incident_status_transitions_pkey PRIMARY KEY (tenant_id, from_status_id, to_status_id);

ALTER TABLE ONLY public.incident_statuses
    ADD CONSTRAINT incident_statuses_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_tags
    ADD CONSTRAINT incident_tags_pkey PRIMARY KEY (tenant_id, tag, incident_id);

ALTER TABLE ONLY public.incident_task_dependencies
    ADD CONSTRAINT incident_task_dependencies_pkey PRIMARY KEY (tenant_id, task_id, depends_on_id);

ALTER TABLE ONLY public.incident_tasks
    ADD CONSTRAINT incident_tasks_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_team_clocks
    ADD CONSTRAINT incident_team_clocks_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_team_clocks
    ADD CONSTRAINT incident_team_clocks_tenant_id_incident_id_team_id_key UNIQUE (tenant_id, incident_id, team_id);

ALTER TABLE ONLY public.incident_view_pins
    ADD CONSTRAINT incident_view_pins_pkey PRIMARY KEY (tenant_id, user_id, view_id);

ALTER TABLE ONLY public.incident_views
    ADD CONSTRAINT incident_views_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incident_watchers
    ADD CONSTRAINT incident_watchers_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.macros
    ADD CONSTRAINT macros_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.notification_gateways
    ADD CONSTRAINT notification_gateways_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.notification_rules
    ADD CONSTRAINT notification_rules_pkey PRIMARY KEY (tenant_id, user_id);

ALTER TABLE ONLY public.oncall_feeds
    ADD CONSTRAINT oncall_feeds_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.oncall_layer_people
    ADD CONSTRAINT oncall_layer_people_pkey PRIMARY KEY (tenant_id, layer_id, "position");

ALTER TABLE ONLY public.oncall_layers
    ADD CONSTRAINT oncall_layers_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.oncall_overrides
    ADD CONSTRAINT oncall_overrides_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.oncall_schedules
    ADD CONSTRAINT oncall_schedules_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.oncall_swaps
    ADD CONSTRAINT oncall_swaps_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.pgqueuer_log
    ADD CONSTRAINT pgqueuer_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pgqueuer
    ADD CONSTRAINT pgqueuer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_expression_entrypoint_key UNIQUE (expression, entrypoint);

ALTER TABLE ONLY public.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pgqueuer_statistics
    ADD CONSTRAINT pgqueuer_statistics_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rate_counters
    ADD CONSTRAINT rate_counters_pkey PRIMARY KEY (key, window_start);

ALTER TABLE ONLY public.report_counts
    ADD CONSTRAINT report_counts_pkey PRIMARY KEY (tenant_id, dimension, day, key);

ALTER TABLE ONLY public.report_days
    ADD CONSTRAINT report_days_pkey PRIMARY KEY (tenant_id, day);

ALTER TABLE ONLY public.report_marks
    ADD CONSTRAINT report_marks_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.roles
    ADD CONSTRAINT roles_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.routing_rule_entries
    ADD CONSTRAINT routing_rule_entries_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.routing_rules
    ADD CONSTRAINT routing_rules_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sla_calendar_versions
    ADD CONSTRAINT sla_calendar_versions_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sla_calendar_versions
    ADD CONSTRAINT sla_calendar_versions_tenant_id_calendar_id_version_key UNIQUE (tenant_id, calendar_id, version);

ALTER TABLE ONLY public.sla_calendars
    ADD CONSTRAINT sla_calendars_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sla_calendars
    ADD CONSTRAINT sla_calendars_tenant_id_slug_key UNIQUE (tenant_id, slug);

ALTER TABLE ONLY public.sla_digests
    ADD CONSTRAINT sla_digests_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sla_policies
    ADD CONSTRAINT sla_policies_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sla_policies
    ADD CONSTRAINT sla_policies_tenant_id_slug_key UNIQUE (tenant_id, slug);

ALTER TABLE ONLY public.sla_targets
    ADD CONSTRAINT sla_targets_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.sla_targets
    ADD CONSTRAINT sla_targets_tenant_id_policy_id_priority_id_key UNIQUE (tenant_id, policy_id, priority_id);

ALTER TABLE ONLY public.stored_files
    ADD CONSTRAINT stored_files_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_pkey PRIMARY KEY (tenant_id, team_id, user_id);

ALTER TABLE ONLY public.team_turns
    ADD CONSTRAINT team_turns_pkey PRIMARY KEY (tenant_id, team_id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_host_key UNIQUE (host);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.user_absences
    ADD CONSTRAINT user_absences_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.user_channels
    ADD CONSTRAINT user_channels_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.user_roles
    ADD CONSTRAINT user_roles_pkey PRIMARY KEY (tenant_id, user_id, role_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id);

CREATE INDEX account_secrets_of ON public.account_secrets USING btree (account_id, kind);

CREATE INDEX account_secrets_old ON public.account_secrets USING btree (expires_at);

CREATE INDEX api_tokens_by_role ON public.api_tokens USING btree (tenant_id, role_id);

CREATE INDEX api_tokens_by_user ON public.api_tokens USING btree (tenant_id, user_id);

CREATE UNIQUE INDEX api_tokens_secret ON public.api_tokens USING btree (tenant_id, secret_hash);

CREATE UNIQUE INDEX canned_replies_slug ON public.canned_replies USING btree (tenant_id, slug);

CREATE INDEX checklists_category ON public.checklists USING btree (tenant_id, category_id) WHERE (category_id IS NOT NULL);

CREATE INDEX checklists_priority ON public.checklists USING btree (tenant_id, priority_id) WHERE (priority_id IS NOT NULL);

CREATE UNIQUE INDEX checklists_slug ON public.checklists USING btree (tenant_id, slug);

CREATE INDEX custom_field_categories_of ON public.custom_field_categories USING btree (tenant_id, category_id);

CREATE UNIQUE INDEX custom_fields_slug ON public.custom_fields USING btree (tenant_id, slug);

CREATE INDEX escalation_alerts_due ON public.escalation_alerts USING btree (next_at, tenant_id, id) WHERE (next_at IS NOT NULL);

CREATE INDEX escalation_alerts_of ON public.escalation_alerts USING btree (tenant_id, incident_id, started_at, id);

CREATE UNIQUE INDEX escalation_alerts_once ON public.escalation_alerts USING btree (tenant_id, occasion, user_id);

CREATE UNIQUE INDEX escalation_policies_name ON public.escalation_policies USING btree (tenant_id, name);

CREATE INDEX escalation_policies_reach ON public.escalation_policies USING btree (next_reach_at, tenant_id, id) WHERE (next_reach_at IS NOT NULL);

CREATE INDEX escalation_runs_due ON public.escalation_runs USING btree (next_step_at, tenant_id, id) WHERE (next_step_at IS NOT NULL);

CREATE INDEX escalation_runs_of ON public.escalation_runs USING btree (tenant_id, incident_id, created_at);

CREATE UNIQUE INDEX escalation_runs_one ON public.escalation_runs USING btree (tenant_id, incident_id, policy_id) WHERE (state = 'running'::text);

CREATE INDEX escalation_runs_policy ON public.escalation_runs USING btree (tenant_id, policy_id, created_at);

CREATE INDEX event_feeds_due ON public.event_feeds USING btree (next_anchor_at, tenant_id);

CREATE INDEX events_actor ON public.events USING btree (tenant_id, actor_id, id) WHERE (actor_id IS NOT NULL);

CREATE INDEX events_pending ON public.events USING btree (recorded_at, tenant_id, id) WHERE (pending <> '{}'::text[]);

CREATE UNIQUE INDEX events_pos ON public.events USING btree (tenant_id, pos) WHERE (pos IS NOT NULL);

CREATE UNIQUE INDEX events_stream ON public.events USING btree (tenant_id, stream, seq);

CREATE INDEX events_turns ON public.events USING btree (tenant_id, type, at) INCLUDE (incident_id) WHERE (type = ANY (ARRAY['IncidentEscalated'::text, 'IncidentReopened'::text]));

CREATE INDEX events_type ON public.events USING btree (tenant_id, type, id);

CREATE INDEX events_unnumbered ON public.events USING btree (tenant_id, recorded_at, seq, id) WHERE (pos IS NULL);

CREATE INDEX file_stores_due ON public.file_stores USING btree (next_sweep_at, tenant_id);

CREATE INDEX idempotency_keys_age ON public.idempotency_keys USING btree (tenant_id, created_at);

CREATE INDEX incident_assignments_of ON public.incident_assignments USING btree (tenant_id, incident_id, assigned_at);

CREATE UNIQUE INDEX incident_assignments_once ON public.incident_assignments USING btree (tenant_id, incident_id, assigned_to_id) WHERE is_active;

CREATE UNIQUE INDEX incident_assignments_owner ON public.incident_assignments USING btree (tenant_id, incident_id) WHERE (is_active AND (capacity = 'owner'::text));

CREATE INDEX incident_assignments_to ON public.incident_assignments USING btree (tenant_id, assigned_to_id, incident_id) WHERE is_active;

CREATE INDEX incident_assignments_until ON public.incident_assignments USING btree (delegated_until, tenant_id, id) WHERE (is_active AND (delegated_until IS NOT NULL) AND (NOT until_passed));

CREATE INDEX incident_attachments_file ON public.incident_attachments USING btree (tenant_id, file_id);

CREATE INDEX incident_attachments_of ON public.incident_attachments USING btree (tenant_id, incident_id, created_at, id);

CREATE UNIQUE INDEX incident_categories_slug ON public.incident_categories USING btree (tenant_id, slug);

CREATE INDEX incident_checklists_of ON public.incident_checklists USING btree (tenant_id, checklist_id);

CREATE INDEX incident_comment_mentions_of ON public.incident_comment_mentions USING btree (tenant_id, user_id);

CREATE INDEX incident_comment_versions_of ON public.incident_comment_versions USING btree (tenant_id, comment_id, written_at, id);

CREATE INDEX incident_comments_of ON public.incident_comments USING btree (tenant_id, incident_id, created_at, id);

CREATE INDEX incident_custom_values_number ON public.incident_custom_values USING btree (tenant_id, field_id, number, incident_id) WHERE (number IS NOT NULL);

CREATE INDEX incident_custom_values_of ON public.incident_custom_values USING btree (tenant_id, incident_id);

CREATE INDEX incident_escalations_of ON public.incident_escalations USING btree (tenant_id, incident_id, escalated_at, id);

CREATE UNIQUE INDEX incident_escalations_step ON public.incident_escalations USING btree (tenant_id, run_id, round, step) WHERE (run_id IS NOT NULL);

CREATE INDEX incident_extensions_by ON public.incident_extensions USING btree (tenant_id, requested_by_id);

CREATE INDEX incident_extensions_of ON public.incident_extensions USING btree (tenant_id, incident_id, id);

CREATE UNIQUE INDEX incident_extensions_pending ON public.incident_extensions USING btree (tenant_id, incident_id) WHERE (state = 'pending'::text);

CREATE INDEX incident_extensions_waiting ON public.incident_extensions USING btree (tenant_id, created_at, id) WHERE (state = 'pending'::text);

CREATE UNIQUE INDEX incident_links_once ON public.incident_links USING btree (tenant_id, from_id, to_id, type);

CREATE UNIQUE INDEX incident_links_parent ON public.incident_links USING btree (tenant_id, from_id) WHERE (type = 'child_of'::text);

CREATE INDEX incident_links_to ON public.incident_links USING btree (tenant_id, to_id, type);

CREATE INDEX incident_major_actions_task ON public.incident_major_actions USING btree (tenant_id, task_id);

CREATE INDEX incident_major_updates_major ON public.incident_major_updates USING btree (tenant_id, major_id);

CREATE INDEX incident_major_updates_of ON public.incident_major_updates USING btree (tenant_id, incident_id, created_at, id);

CREATE INDEX incident_majors_of ON public.incident_majors USING btree (tenant_id, incident_id, declared_at);

CREATE UNIQUE INDEX incident_majors_one ON public.incident_majors USING btree (tenant_id, incident_id) WHERE (ended_at IS NULL);

CREATE INDEX incident_operation_items_of ON public.incident_operation_items USING btree (tenant_id, incident_id, operation_id) WHERE (incident_id IS NOT NULL);

CREATE INDEX incident_operation_items_open ON public.incident_operation_items USING btree (tenant_id, operation_id, place) WHERE (status IS NULL);

CREATE INDEX incident_operations_age ON public.incident_operations USING btree (tenant_id, recorded_at);

CREATE INDEX incident_operations_due ON public.incident_operations USING btree (next_run_at, tenant_id, id) WHERE (next_run_at IS NOT NULL);

CREATE UNIQUE INDEX incident_priorities_default ON public.incident_priorities USING btree (tenant_id) WHERE is_default;

CREATE UNIQUE INDEX incident_priorities_slug ON public.incident_priorities USING btree (tenant_id, slug);

CREATE INDEX incident_progress_due ON public.incident_progress USING btree (remind_at, tenant_id, id) WHERE (remind_at IS NOT NULL);

CREATE INDEX incident_progress_of ON public.incident_progress USING btree (tenant_id, incident_id, created_at, id);

CREATE INDEX incident_reminders_coming ON public.incident_reminders USING btree (tenant_id, scheduled_for, id) WHERE (state = 'scheduled'::text);

CREATE INDEX incident_reminders_due ON public.incident_reminders USING btree (scheduled_for, tenant_id, id) WHERE ((state = 'scheduled'::text) AND (scheduled_for IS NOT NULL));

CREATE INDEX incident_reminders_of ON public.incident_reminders USING btree (tenant_id, incident_id, created_at, id);

CREATE INDEX incident_reporters_email ON public.incident_reporters USING btree (tenant_id, email);

CREATE INDEX incident_reporters_name ON public.incident_reporters USING btree (tenant_id, name);

CREATE INDEX incident_reporters_organization ON public.incident_reporters USING btree (tenant_id, organization_key, id) WHERE (organization_key IS NOT NULL);

CREATE INDEX incident_search_created ON public.incident_search USING btree (tenant_id, created_at, incident_id);

CREATE INDEX incident_search_doc ON public.incident_search USING gin (tenant_id, doc) WITH (gin_pending_list_limit='1024');

CREATE UNIQUE INDEX incident_slas_active ON public.incident_slas USING btree (tenant_id, incident_id) WHERE is_active;

CREATE INDEX incident_slas_breached ON public.incident_slas USING btree (tenant_id, breached_at) INCLUDE (incident_id) WHERE (is_active AND (breached_at IS NOT NULL));

CREATE INDEX incident_slas_calendar ON public.incident_slas USING btree (tenant_id, calendar_version_id) WHERE (calendar_version_id IS NOT NULL);

CREATE INDEX incident_slas_due ON public.incident_slas USING btree (next_check_at, tenant_id, incident_id) WHERE (next_check_at IS NOT NULL);

CREATE INDEX incident_slas_extended ON public.incident_slas USING btree (tenant_id, resolution_at) INCLUDE (incident_id, original_due_at) WHERE (is_active AND (original_due_at IS NOT NULL));

CREATE INDEX incident_slas_of ON public.incident_slas USING btree (tenant_id, incident_id);

CREATE INDEX incident_slas_resolution_breached ON public.incident_slas USING btree (tenant_id, resolution_breached_at) INCLUDE (incident_id) WHERE (is_active AND (resolution_breached_at IS NOT NULL));

CREATE INDEX incident_slas_responded ON public.incident_slas USING btree (tenant_id, first_response_at) INCLUDE (incident_id) WHERE (is_active AND (first_response_at IS NOT NULL));

CREATE INDEX incident_slas_response_breached ON public.incident_slas USING btree (tenant_id, response_breached_at) INCLUDE (incident_id) WHERE (is_active AND (response_breached_at IS NOT NULL));

CREATE INDEX incident_slas_update_breached ON public.incident_slas USING btree (tenant_id, update_breached_at) INCLUDE (incident_id) WHERE (is_active AND (update_breached_at IS NOT NULL));

CREATE INDEX incident_status_transitions_to ON public.incident_status_transitions USING btree (tenant_id, to_status_id);

CREATE UNIQUE INDEX incident_statuses_default ON public.incident_statuses USING btree (tenant_id) WHERE is_default;

CREATE UNIQUE INDEX incident_statuses_slug ON public.incident_statuses USING btree (tenant_id, slug);

CREATE INDEX incident_tags_of ON public.incident_tags USING btree (tenant_id, incident_id);

CREATE INDEX incident_task_dependencies_on ON public.incident_task_dependencies USING btree (tenant_id, depends_on_id);

CREATE INDEX incident_tasks_assigned ON public.incident_tasks USING btree (tenant_id, assigned_to_id) WHERE (status = ANY (ARRAY['open'::text, 'in_progress'::text]));

CREATE INDEX incident_tasks_of ON public.incident_tasks USING btree (tenant_id, incident_id, sort_order, id);

CREATE INDEX incident_team_clocks_calendar ON public.incident_team_clocks USING btree (tenant_id, calendar_version_id) WHERE (calendar_version_id IS NOT NULL);

CREATE INDEX incident_team_clocks_due ON public.incident_team_clocks USING btree (next_check_at, tenant_id, id) WHERE (next_check_at IS NOT NULL);

CREATE INDEX incident_team_clocks_team ON public.incident_team_clocks USING btree (tenant_id, team_id);

CREATE INDEX incident_view_pins_of ON public.incident_view_pins USING btree (tenant_id, view_id);

CREATE INDEX incident_views_of ON public.incident_views USING btree (tenant_id, owner_id);

CREATE INDEX incident_views_shared ON public.incident_views USING btree (tenant_id, name, id) WHERE (scope = 'tenant'::text);

CREATE INDEX incident_views_team ON public.incident_views USING btree (tenant_id, team_id) WHERE (team_id IS NOT NULL);

CREATE INDEX incident_watchers_by_user ON public.incident_watchers USING btree (tenant_id, user_id, incident_id) WHERE (user_id IS NOT NULL);

CREATE UNIQUE INDEX incident_watchers_email ON public.incident_watchers USING btree (tenant_id, incident_id, email) WHERE (email IS NOT NULL);

CREATE UNIQUE INDEX incident_watchers_team ON public.incident_watchers USING btree (tenant_id, incident_id, team_id) WHERE (team_id IS NOT NULL);

CREATE UNIQUE INDEX incident_watchers_user ON public.incident_watchers USING btree (tenant_id, incident_id, user_id) WHERE (user_id IS NOT NULL);

CREATE INDEX incidents_acknowledged ON public.incidents USING btree (tenant_id, acknowledged_at, id) WHERE (acknowledged_at IS NOT NULL);

CREATE INDEX incidents_assigned_to ON public.incidents USING btree (tenant_id, assigned_to_id, created_at, id);

CREATE INDEX incidents_auto_close ON public.incidents USING btree (auto_close_at, tenant_id, id) WHERE (auto_close_at IS NOT NULL);

CREATE INDEX incidents_breached ON public.incidents USING btree (tenant_id, created_at, id) WHERE (is_breached AND (deleted_at IS NULL));

CREATE INDEX incidents_category ON public.incidents USING btree (tenant_id, category_id, created_at, id);

CREATE INDEX incidents_closed_at ON public.incidents USING btree (tenant_id, closed_at, id) INCLUDE (created_at, updated_at, due_at, priority_level, reference_no) WHERE ((closed_at IS NOT NULL) AND (deleted_at IS NULL));

CREATE INDEX incidents_created_at ON public.incidents USING btree (tenant_id, created_at, id) INCLUDE (updated_at, due_at, priority_level, reference_no, deleted_at);

CREATE INDEX incidents_due_at ON public.incidents USING btree (tenant_id, due_at, id);

CREATE INDEX incidents_impact ON public.incidents USING btree (tenant_id, created_at, id) WHERE ((impact <> ''::text) AND (deleted_at IS NULL));

CREATE UNIQUE INDEX incidents_import_key ON public.incidents USING btree (tenant_id, import_key) WHERE (import_key IS NOT NULL);

CREATE INDEX incidents_merged_into ON public.incidents USING btree (tenant_id, merged_into_id) WHERE (merged_into_id IS NOT NULL);

CREATE INDEX incidents_of_priority ON public.incidents USING btree (tenant_id, priority_id, priority_level, id);

CREATE INDEX incidents_open ON public.incidents USING btree (tenant_id, created_at, id) INCLUDE (status_id, priority_level, priority_id, assigned_to_id, team_id, category_id, due_at, next_due_at, updated_at, reference_no, is_breached) WHERE (is_open AND (deleted_at IS NULL));

CREATE INDEX incidents_open_work ON public.incidents USING btree (tenant_id, assigned_to_id, priority_level) WHERE (is_open AND (deleted_at IS NULL) AND (assigned_to_id IS NOT NULL));

CREATE INDEX incidents_origin ON public.incidents USING btree (tenant_id, reported_via, source, created_at, id);

CREATE INDEX incidents_priority ON public.incidents USING btree (tenant_id, priority_level, id);

CREATE INDEX incidents_progress ON public.incidents USING btree (tenant_id, progress_percent, id) WHERE (progress_percent > 0);

CREATE UNIQUE INDEX incidents_reference_code ON public.incidents USING btree (tenant_id, reference_code);

CREATE UNIQUE INDEX incidents_reference_no ON public.incidents USING btree (tenant_id, reference_no);

CREATE INDEX incidents_reopened ON public.incidents USING btree (tenant_id, created_at, id) WHERE (reopen_count > 0);

CREATE INDEX incidents_reporter ON public.incidents USING btree (tenant_id, reported_by_id, created_at, id);

CREATE INDEX incidents_resolved_at ON public.incidents USING btree (tenant_id, resolved_at) INCLUDE (created_at, priority_id, category_id, team_id, is_breached, id, updated_at, due_at, priority_level, reference_no) WHERE ((resolved_at IS NOT NULL) AND (deleted_at IS NULL));

CREATE INDEX incidents_status_priority ON public.incidents USING btree (tenant_id, status_id, priority_id);

CREATE INDEX incidents_team ON public.incidents USING btree (tenant_id, team_id, created_at, id);

CREATE INDEX incidents_time_left ON public.incidents USING btree (tenant_id, next_due_at, id) INCLUDE (status_id, priority_id, priority_level, assigned_to_id, team_id, category_id, due_at, updated_at, created_at, is_breached) WHERE (is_open AND (deleted_at IS NULL));

CREATE UNIQUE INDEX incidents_tracking ON public.incidents USING btree (tenant_id, tracking_hash) WHERE (tracking_hash IS NOT NULL);

CREATE INDEX incidents_unclosed ON public.incidents USING btree (tenant_id, created_at, id) WHERE ((resolved_at IS NOT NULL) AND (closed_at IS NULL) AND (deleted_at IS NULL));

CREATE INDEX incidents_updated_at ON public.incidents USING btree (tenant_id, updated_at, id) INCLUDE (created_at, due_at, priority_level, reference_no, deleted_at);

CREATE UNIQUE INDEX macros_slug ON public.macros USING btree (tenant_id, slug);

CREATE INDEX notification_deliveries_due ON public.notification_deliveries USING btree (next_attempt_at, tenant_id, id) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX notification_deliveries_of ON public.notification_deliveries USING btree (tenant_id, incident_id, created_at, id);

CREATE UNIQUE INDEX notification_deliveries_once ON public.notification_deliveries USING btree (tenant_id, dedupe_key);

CREATE INDEX notification_deliveries_recent ON public.notification_deliveries USING btree (tenant_id, created_at, id);

CREATE UNIQUE INDEX notification_gateways_channel ON public.notification_gateways USING btree (tenant_id, channel);

CREATE UNIQUE INDEX oncall_feeds_once ON public.oncall_feeds USING btree (tenant_id, user_id, schedule_id) NULLS NOT DISTINCT;

CREATE UNIQUE INDEX oncall_feeds_secret ON public.oncall_feeds USING btree (tenant_id, secret_hash);

CREATE INDEX oncall_layer_people_of ON public.oncall_layer_people USING btree (tenant_id, user_id);

CREATE INDEX oncall_layers_of ON public.oncall_layers USING btree (tenant_id, schedule_id, valid_until);

CREATE INDEX oncall_overrides_of ON public.oncall_overrides USING btree (tenant_id, schedule_id, ends_at);

CREATE UNIQUE INDEX oncall_schedules_slug ON public.oncall_schedules USING btree (tenant_id, slug);

CREATE INDEX oncall_schedules_team ON public.oncall_schedules USING btree (tenant_id, team_id) WHERE (team_id IS NOT NULL);

CREATE INDEX oncall_swaps_of ON public.oncall_swaps USING btree (tenant_id, schedule_id, created_at, id);

CREATE INDEX pgqueuer_ep_ea_idx ON public.pgqueuer USING btree (entrypoint, execute_after) WHERE (status = 'queued'::public.pgqueuer_status);

CREATE INDEX pgqueuer_ep_prio_id_idx ON public.pgqueuer USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::public.pgqueuer_status);

CREATE INDEX pgqueuer_log_created ON public.pgqueuer_log USING btree (created);

CREATE INDEX pgqueuer_log_job_id_status ON public.pgqueuer_log USING btree (job_id, created DESC);

CREATE INDEX pgqueuer_log_not_aggregated ON public.pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);

CREATE INDEX pgqueuer_log_status ON public.pgqueuer_log USING btree (status);

CREATE INDEX pgqueuer_picked_heartbeat_idx ON public.pgqueuer USING btree (heartbeat) WHERE (status = 'picked'::public.pgqueuer_status);

CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON public.pgqueuer USING btree (entrypoint, slot) WHERE ((status = 'picked'::public.pgqueuer_status) AND (slot IS NOT NULL));

CREATE INDEX pgqueuer_priority_id_id1_idx ON public.pgqueuer USING btree (priority, id DESC) INCLUDE (id) WHERE (status = 'queued'::public.pgqueuer_status);

CREATE INDEX pgqueuer_queue_manager_id_idx ON public.pgqueuer USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);

CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON public.pgqueuer_statistics USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);

CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON public.pgqueuer USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::public.pgqueuer_status, 'picked'::public.pgqueuer_status])) AND (dedupe_key IS NOT NULL));

CREATE INDEX pgqueuer_updated_id_id1_idx ON public.pgqueuer USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::public.pgqueuer_status);

CREATE INDEX report_marks_day ON public.report_marks USING btree (tenant_id, day);

CREATE INDEX report_marks_due ON public.report_marks USING btree (due_at, tenant_id, id);

CREATE UNIQUE INDEX roles_slug ON public.roles USING btree (tenant_id, slug);

CREATE INDEX routing_rule_entries_category ON public.routing_rule_entries USING btree (tenant_id, category_id) WHERE (category_id IS NOT NULL);

CREATE INDEX routing_rule_entries_of ON public.routing_rule_entries USING btree (tenant_id, rule_id);

CREATE INDEX routing_rule_entries_priority ON public.routing_rule_entries USING btree (tenant_id, priority_id) WHERE (priority_id IS NOT NULL);

CREATE INDEX routing_rules_order ON public.routing_rules USING btree (tenant_id, "position", id);

CREATE INDEX sessions_by_user ON public.sessions USING btree (tenant_id, user_id);

CREATE UNIQUE INDEX sessions_secret ON public.sessions USING btree (tenant_id, secret_hash);

CREATE UNIQUE INDEX sla_calendars_default ON public.sla_calendars USING btree (tenant_id) WHERE is_default;

CREATE INDEX sla_digests_due ON public.sla_digests USING btree (due_at, tenant_id, id);

CREATE INDEX sla_policies_calendar ON public.sla_policies USING btree (tenant_id, calendar_id) WHERE (calendar_id IS NOT NULL);

CREATE INDEX sla_policies_category ON public.sla_policies USING btree (tenant_id, category_id) WHERE (category_id IS NOT NULL);

CREATE INDEX sla_policies_team ON public.sla_policies USING btree (tenant_id, team_id) WHERE (team_id IS NOT NULL);

CREATE INDEX sla_targets_calendar ON public.sla_targets USING btree (tenant_id, calendar_id) WHERE (calendar_id IS NOT NULL);

CREATE INDEX sla_targets_priority ON public.sla_targets USING btree (tenant_id, priority_id);

CREATE UNIQUE INDEX stored_files_content ON public.stored_files USING btree (tenant_id, sha256);

CREATE INDEX stored_files_due ON public.stored_files USING btree (due_at, tenant_id, id) WHERE (due_at IS NOT NULL);

CREATE UNIQUE INDEX stored_files_path ON public.stored_files USING btree (tenant_id, path);

CREATE INDEX team_members_by_user ON public.team_members USING btree (tenant_id, user_id);

CREATE UNIQUE INDEX teams_slug ON public.teams USING btree (tenant_id, slug);

CREATE INDEX user_absences_deputy ON public.user_absences USING btree (tenant_id, deputy_id);

CREATE INDEX user_absences_of ON public.user_absences USING btree (tenant_id, user_id, ends_at);

CREATE UNIQUE INDEX user_channels_once ON public.user_channels USING btree (tenant_id, user_id, kind, address);

CREATE INDEX user_roles_by_role ON public.user_roles USING btree (tenant_id, role_id);

CREATE UNIQUE INDEX users_account ON public.users USING btree (tenant_id, account_id) WHERE (account_id IS NOT NULL);

CREATE INDEX users_by_name ON public.users USING btree (tenant_id, name, id) WHERE is_active;

CREATE UNIQUE INDEX users_email ON public.users USING btree (tenant_id, email) WHERE (email IS NOT NULL);

CREATE INDEX users_manager_of ON public.users USING btree (tenant_id, manager_id) WHERE (manager_id IS NOT NULL);

CREATE STATISTICS public.incidents_catalogue (dependencies) ON tenant_id, category_id, priority_id, status_id, assigned_to_id, team_id FROM public.incidents;

CREATE TRIGGER tg_pgqueuer_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.pgqueuer FOR EACH STATEMENT EXECUTE FUNCTION public.fn_pgqueuer_changed();

ALTER TABLE ONLY public.account_secrets
    ADD CONSTRAINT account_secrets_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_password_tenant_id_fkey FOREIGN KEY (password_tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_tenant_id_created_by_id_fkey FOREIGN KEY (tenant_id, created_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_tenant_id_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES public.roles(tenant_id, id);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.audit_anchors
    ADD CONSTRAINT audit_anchors_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.canned_replies
    ADD CONSTRAINT canned_replies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.checklists
    ADD CONSTRAINT checklists_tenant_id_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES public.incident_categories(tenant_id, id);

ALTER TABLE ONLY public.checklists
    ADD CONSTRAINT checklists_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.checklists
    ADD CONSTRAINT checklists_tenant_id_priority_id_fkey FOREIGN KEY (tenant_id, priority_id) REFERENCES public.incident_priorities(tenant_id, id);

ALTER TABLE ONLY public.custom_field_categories
    ADD CONSTRAINT custom_field_categories_tenant_id_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES public.incident_categories(tenant_id, id);

ALTER TABLE ONLY public.custom_field_categories
    ADD CONSTRAINT custom_field_categories_tenant_id_field_id_fkey FOREIGN KEY (tenant_id, field_id) REFERENCES public.custom_fields(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.custom_fields
    ADD CONSTRAINT custom_fields_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.escalation_alerts
    ADD CONSTRAINT escalation_alerts_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.escalation_alerts
    ADD CONSTRAINT escalation_alerts_tenant_id_run_id_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES public.escalation_runs(tenant_id, id);

ALTER TABLE ONLY public.escalation_alerts
    ADD CONSTRAINT escalation_alerts_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.escalation_policies
    ADD CONSTRAINT escalation_policies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.escalation_runs
    ADD CONSTRAINT escalation_runs_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.escalation_runs
    ADD CONSTRAINT escalation_runs_tenant_id_policy_id_fkey FOREIGN KEY (tenant_id, policy_id) REFERENCES public.escalation_policies(tenant_id, id);

ALTER TABLE ONLY public.escalation_settings
    ADD CONSTRAINT escalation_settings_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.escalation_settings
    ADD CONSTRAINT escalation_settings_tenant_id_last_resort_id_fkey FOREIGN KEY (tenant_id, last_resort_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.event_feeds
    ADD CONSTRAINT event_feeds_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.event_heads
    ADD CONSTRAINT event_heads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.file_stores
    ADD CONSTRAINT file_stores_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.incident_assignments
    ADD CONSTRAINT incident_assignments_tenant_id_assigned_by_id_fkey FOREIGN KEY (tenant_id, assigned_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_assignments
    ADD CONSTRAINT incident_assignments_tenant_id_assigned_to_id_fkey FOREIGN KEY (tenant_id, assigned_to_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_assignments
    ADD CONSTRAINT incident_assignments_tenant_id_delegated_from_id_fkey FOREIGN KEY (tenant_id, delegated_from_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_assignments
    ADD CONSTRAINT incident_assignments_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_assignments
    ADD CONSTRAINT incident_assignments_tenant_id_previous_assignment_id_fkey FOREIGN KEY (tenant_id, previous_assignment_id) REFERENCES public.incident_assignments(tenant_id, id);

ALTER TABLE ONLY public.incident_attachments
    ADD CONSTRAINT incident_attachments_tenant_id_comment_id_fkey FOREIGN KEY (tenant_id, comment_id) REFERENCES public.incident_comments(tenant_id, id);

ALTER TABLE ONLY public.incident_attachments
    ADD CONSTRAINT incident_attachments_tenant_id_file_id_fkey FOREIGN KEY (tenant_id, file_id) REFERENCES public.stored_files(tenant_id, id);

ALTER TABLE ONLY public.incident_attachments
    ADD CONSTRAINT incident_attachments_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_attachments
    ADD CONSTRAINT incident_attachments_tenant_id_uploaded_by_id_fkey FOREIGN KEY (tenant_id, uploaded_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_attachments
    ADD CONSTRAINT incident_attachments_tenant_id_uploaded_by_reporter_id_fkey FOREIGN KEY (tenant_id, uploaded_by_reporter_id) REFERENCES public.incident_reporters(tenant_id, id);

ALTER TABLE ONLY public.incident_categories
    ADD CONSTRAINT incident_categories_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.incident_checklists
    ADD CONSTRAINT incident_checklists_tenant_id_applied_by_id_fkey FOREIGN KEY (tenant_id, applied_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_checklists
    ADD CONSTRAINT incident_checklists_tenant_id_checklist_id_fkey FOREIGN KEY (tenant_id, checklist_id) REFERENCES public.checklists(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_checklists
    ADD CONSTRAINT incident_checklists_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_comment_mentions
    ADD CONSTRAINT incident_comment_mentions_tenant_id_comment_id_fkey FOREIGN KEY (tenant_id, comment_id) REFERENCES public.incident_comments(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_comment_mentions
    ADD CONSTRAINT incident_comment_mentions_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_comment_versions
    ADD CONSTRAINT incident_comment_versions_tenant_id_comment_id_fkey FOREIGN KEY (tenant_id, comment_id) REFERENCES public.incident_comments(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_comments
    ADD CONSTRAINT incident_comments_tenant_id_deleted_by_id_fkey FOREIGN KEY (tenant_id, deleted_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_comments
    ADD CONSTRAINT incident_comments_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_comments
    ADD CONSTRAINT incident_comments_tenant_id_reporter_id_fkey FOREIGN KEY (tenant_id, reporter_id) REFERENCES public.incident_reporters(tenant_id, id);

ALTER TABLE ONLY public.incident_comments
    ADD CONSTRAINT incident_comments_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_counters
    ADD CONSTRAINT incident_counters_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.incident_custom_values
    ADD CONSTRAINT incident_custom_values_tenant_id_field_id_fkey FOREIGN KEY (tenant_id, field_id) REFERENCES public.custom_fields(tenant_id, id);

ALTER TABLE ONLY public.incident_custom_values
    ADD CONSTRAINT incident_custom_values_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_escalated_by_id_fkey FOREIGN KEY (tenant_id, escalated_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_from_priority_id_fkey FOREIGN KEY (tenant_id, from_priority_id) REFERENCES public.incident_priorities(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_from_team_id_fkey FOREIGN KEY (tenant_id, from_team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_from_user_id_fkey FOREIGN KEY (tenant_id, from_user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_policy_id_fkey FOREIGN KEY (tenant_id, policy_id) REFERENCES public.escalation_policies(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_run_id_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES public.escalation_runs(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_to_priority_id_fkey FOREIGN KEY (tenant_id, to_priority_id) REFERENCES public.incident_priorities(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_to_team_id_fkey FOREIGN KEY (tenant_id, to_team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.incident_escalations
    ADD CONSTRAINT incident_escalations_tenant_id_to_user_id_fkey FOREIGN KEY (tenant_id, to_user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_extensions
    ADD CONSTRAINT incident_extensions_tenant_id_decided_by_id_fkey FOREIGN KEY (tenant_id, decided_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_extensions
    ADD CONSTRAINT incident_extensions_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_extensions
    ADD CONSTRAINT incident_extensions_tenant_id_requested_by_id_fkey FOREIGN KEY (tenant_id, requested_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_links
    ADD CONSTRAINT incident_links_tenant_id_created_by_id_fkey FOREIGN KEY (tenant_id, created_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_links
    ADD CONSTRAINT incident_links_tenant_id_from_id_fkey FOREIGN KEY (tenant_id, from_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_links
    ADD CONSTRAINT incident_links_tenant_id_to_id_fkey FOREIGN KEY (tenant_id, to_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_major_actions
    ADD CONSTRAINT incident_major_actions_tenant_id_major_id_fkey FOREIGN KEY (tenant_id, major_id) REFERENCES public.incident_majors(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_major_actions
    ADD CONSTRAINT incident_major_actions_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES public.incident_tasks(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_major_updates
    ADD CONSTRAINT incident_major_updates_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_major_updates
    ADD CONSTRAINT incident_major_updates_tenant_id_major_id_fkey FOREIGN KEY (tenant_id, major_id) REFERENCES public.incident_majors(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_major_updates
    ADD CONSTRAINT incident_major_updates_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_majors
    ADD CONSTRAINT incident_majors_tenant_id_commander_id_fkey FOREIGN KEY (tenant_id, commander_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_majors
    ADD CONSTRAINT incident_majors_tenant_id_communications_id_fkey FOREIGN KEY (tenant_id, communications_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_majors
    ADD CONSTRAINT incident_majors_tenant_id_declared_by_id_fkey FOREIGN KEY (tenant_id, declared_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_majors
    ADD CONSTRAINT incident_majors_tenant_id_ended_by_id_fkey FOREIGN KEY (tenant_id, ended_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_majors
    ADD CONSTRAINT incident_majors_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_majors
    ADD CONSTRAINT incident_majors_tenant_id_reviewed_by_id_fkey FOREIGN KEY (tenant_id, reviewed_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_majors
    ADD CONSTRAINT incident_majors_tenant_id_scribe_id_fkey FOREIGN KEY (tenant_id, scribe_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_operation_items
    ADD CONSTRAINT incident_operation_items_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_operation_items
    ADD CONSTRAINT incident_operation_items_tenant_id_operation_id_fkey FOREIGN KEY (tenant_id, operation_id) REFERENCES public.incident_operations(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_operations
    ADD CONSTRAINT incident_operations_tenant_id_actor_id_fkey FOREIGN KEY (tenant_id, actor_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_operations
    ADD CONSTRAINT incident_operations_tenant_id_undone_by_id_fkey FOREIGN KEY (tenant_id, undone_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_presence
    ADD CONSTRAINT incident_presence_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_presence
    ADD CONSTRAINT incident_presence_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_priorities
    ADD CONSTRAINT incident_priorities_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.incident_progress
    ADD CONSTRAINT incident_progress_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_progress
    ADD CONSTRAINT incident_progress_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_reminders
    ADD CONSTRAINT incident_reminders_tenant_id_created_by_id_fkey FOREIGN KEY (tenant_id, created_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_reminders
    ADD CONSTRAINT incident_reminders_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_reporters
    ADD CONSTRAINT incident_reporters_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.incident_search
    ADD CONSTRAINT incident_search_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_slas
    ADD CONSTRAINT incident_slas_tenant_id_calendar_version_id_fkey FOREIGN KEY (tenant_id, calendar_version_id) REFERENCES public.sla_calendar_versions(tenant_id, id);

ALTER TABLE ONLY public.incident_slas
    ADD CONSTRAINT incident_slas_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_status_transitions
    ADD CONSTRAINT incident_status_transitions_tenant_id_from_status_id_fkey FOREIGN KEY (tenant_id, from_status_id) REFERENCES public.incident_statuses(tenant_id, id);

ALTER TABLE ONLY public.incident_status_transitions
    ADD CONSTRAINT incident_status_transitions_tenant_id_to_status_id_fkey FOREIGN KEY (tenant_id, to_status_id) REFERENCES public.incident_statuses(tenant_id, id);

ALTER TABLE ONLY public.incident_statuses
    ADD CONSTRAINT incident_statuses_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.incident_tags
    ADD CONSTRAINT incident_tags_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_task_dependencies
    ADD CONSTRAINT incident_task_dependencies_tenant_id_depends_on_id_fkey FOREIGN KEY (tenant_id, depends_on_id) REFERENCES public.incident_tasks(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_task_dependencies
    ADD CONSTRAINT incident_task_dependencies_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES public.incident_tasks(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_tasks
    ADD CONSTRAINT incident_tasks_tenant_id_assigned_to_id_fkey FOREIGN KEY (tenant_id, assigned_to_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_tasks
    ADD CONSTRAINT incident_tasks_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_team_clocks
    ADD CONSTRAINT incident_team_clocks_tenant_id_calendar_version_id_fkey FOREIGN KEY (tenant_id, calendar_version_id) REFERENCES public.sla_calendar_versions(tenant_id, id);

ALTER TABLE ONLY public.incident_team_clocks
    ADD CONSTRAINT incident_team_clocks_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_team_clocks
    ADD CONSTRAINT incident_team_clocks_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.incident_view_pins
    ADD CONSTRAINT incident_view_pins_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_view_pins
    ADD CONSTRAINT incident_view_pins_tenant_id_view_id_fkey FOREIGN KEY (tenant_id, view_id) REFERENCES public.incident_views(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_views
    ADD CONSTRAINT incident_views_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.incident_views
    ADD CONSTRAINT incident_views_tenant_id_owner_id_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incident_views
    ADD CONSTRAINT incident_views_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.incident_watchers
    ADD CONSTRAINT incident_watchers_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incident_watchers
    ADD CONSTRAINT incident_watchers_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.incident_watchers
    ADD CONSTRAINT incident_watchers_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_acknowledged_by_id_fkey FOREIGN KEY (tenant_id, acknowledged_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_assigned_to_id_fkey FOREIGN KEY (tenant_id, assigned_to_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES public.incident_categories(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_merged_into_id_fkey FOREIGN KEY (tenant_id, merged_into_id) REFERENCES public.incidents(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_priority_id_fkey FOREIGN KEY (tenant_id, priority_id) REFERENCES public.incident_priorities(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_reported_by_reporter_id_fkey FOREIGN KEY (tenant_id, reported_by_reporter_id) REFERENCES public.incident_reporters(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_reported_by_user_id_fkey FOREIGN KEY (tenant_id, reported_by_user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_status_id_fkey FOREIGN KEY (tenant_id, status_id) REFERENCES public.incident_statuses(tenant_id, id);

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.macros
    ADD CONSTRAINT macros_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.notification_gateways
    ADD CONSTRAINT notification_gateways_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.notification_gateways
    ADD CONSTRAINT notification_gateways_tenant_id_updated_by_id_fkey FOREIGN KEY (tenant_id, updated_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.notification_rules
    ADD CONSTRAINT notification_rules_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.oncall_feeds
    ADD CONSTRAINT oncall_feeds_tenant_id_schedule_id_fkey FOREIGN KEY (tenant_id, schedule_id) REFERENCES public.oncall_schedules(tenant_id, id);

ALTER TABLE ONLY public.oncall_feeds
    ADD CONSTRAINT oncall_feeds_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.oncall_layer_people
    ADD CONSTRAINT oncall_layer_people_tenant_id_layer_id_fkey FOREIGN KEY (tenant_id, layer_id) REFERENCES public.oncall_layers(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.oncall_layer_people
    ADD CONSTRAINT oncall_layer_people_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.oncall_layers
    ADD CONSTRAINT oncall_layers_tenant_id_schedule_id_fkey FOREIGN KEY (tenant_id, schedule_id) REFERENCES public.oncall_schedules(tenant_id, id);

ALTER TABLE ONLY public.oncall_overrides
    ADD CONSTRAINT oncall_overrides_tenant_id_created_by_id_fkey FOREIGN KEY (tenant_id, created_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.oncall_overrides
    ADD CONSTRAINT oncall_overrides_tenant_id_schedule_id_fkey FOREIGN KEY (tenant_id, schedule_id) REFERENCES public.oncall_schedules(tenant_id, id);

ALTER TABLE ONLY public.oncall_overrides
    ADD CONSTRAINT oncall_overrides_tenant_id_swap_id_fkey FOREIGN KEY (tenant_id, swap_id) REFERENCES public.oncall_swaps(tenant_id, id);

ALTER TABLE ONLY public.oncall_overrides
    ADD CONSTRAINT oncall_overrides_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.oncall_schedules
    ADD CONSTRAINT oncall_schedules_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.oncall_schedules
    ADD CONSTRAINT oncall_schedules_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.oncall_swaps
    ADD CONSTRAINT oncall_swaps_tenant_id_from_user_id_fkey FOREIGN KEY (tenant_id, from_user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.oncall_swaps
    ADD CONSTRAINT oncall_swaps_tenant_id_schedule_id_fkey FOREIGN KEY (tenant_id, schedule_id) REFERENCES public.oncall_schedules(tenant_id, id);

ALTER TABLE ONLY public.oncall_swaps
    ADD CONSTRAINT oncall_swaps_tenant_id_to_user_id_fkey FOREIGN KEY (tenant_id, to_user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.report_counts
    ADD CONSTRAINT report_counts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.report_days
    ADD CONSTRAINT report_days_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.report_marks
    ADD CONSTRAINT report_marks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.roles
    ADD CONSTRAINT roles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.routing_rule_entries
    ADD CONSTRAINT routing_rule_entries_tenant_id_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES public.incident_categories(tenant_id, id);

ALTER TABLE ONLY public.routing_rule_entries
    ADD CONSTRAINT routing_rule_entries_tenant_id_priority_id_fkey FOREIGN KEY (tenant_id, priority_id) REFERENCES public.incident_priorities(tenant_id, id);

ALTER TABLE ONLY public.routing_rule_entries
    ADD CONSTRAINT routing_rule_entries_tenant_id_rule_id_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES public.routing_rules(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.routing_rules
    ADD CONSTRAINT routing_rules_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.routing_rules
    ADD CONSTRAINT routing_rules_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.routing_rules
    ADD CONSTRAINT routing_rules_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sla_calendar_versions
    ADD CONSTRAINT sla_calendar_versions_tenant_id_calendar_id_fkey FOREIGN KEY (tenant_id, calendar_id) REFERENCES public.sla_calendars(tenant_id, id);

ALTER TABLE ONLY public.sla_calendars
    ADD CONSTRAINT sla_calendars_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.sla_digests
    ADD CONSTRAINT sla_digests_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.sla_policies
    ADD CONSTRAINT sla_policies_tenant_id_calendar_id_fkey FOREIGN KEY (tenant_id, calendar_id) REFERENCES public.sla_calendars(tenant_id, id);

ALTER TABLE ONLY public.sla_policies
    ADD CONSTRAINT sla_policies_tenant_id_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES public.incident_categories(tenant_id, id);

ALTER TABLE ONLY public.sla_policies
    ADD CONSTRAINT sla_policies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.sla_policies
    ADD CONSTRAINT sla_policies_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.sla_targets
    ADD CONSTRAINT sla_targets_tenant_id_calendar_id_fkey FOREIGN KEY (tenant_id, calendar_id) REFERENCES public.sla_calendars(tenant_id, id);

ALTER TABLE ONLY public.sla_targets
    ADD CONSTRAINT sla_targets_tenant_id_policy_id_fkey FOREIGN KEY (tenant_id, policy_id) REFERENCES public.sla_policies(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sla_targets
    ADD CONSTRAINT sla_targets_tenant_id_priority_id_fkey FOREIGN KEY (tenant_id, priority_id) REFERENCES public.incident_priorities(tenant_id, id);

ALTER TABLE ONLY public.stored_files
    ADD CONSTRAINT stored_files_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.team_turns
    ADD CONSTRAINT team_turns_tenant_id_team_id_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES public.teams(tenant_id, id);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.user_absences
    ADD CONSTRAINT user_absences_tenant_id_created_by_id_fkey FOREIGN KEY (tenant_id, created_by_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.user_absences
    ADD CONSTRAINT user_absences_tenant_id_deputy_id_fkey FOREIGN KEY (tenant_id, deputy_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.user_absences
    ADD CONSTRAINT user_absences_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.user_absences
    ADD CONSTRAINT user_absences_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.user_channels
    ADD CONSTRAINT user_channels_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.user_roles
    ADD CONSTRAINT user_roles_tenant_id_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES public.roles(tenant_id, id);

ALTER TABLE ONLY public.user_roles
    ADD CONSTRAINT user_roles_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_manager FOREIGN KEY (tenant_id, manager_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE public.api_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_anchors ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.canned_replies ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.checklists ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.custom_field_categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.custom_fields ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.escalation_alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.escalation_policies ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.escalation_runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.escalation_settings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_feeds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.file_stores ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_attachments ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_checklists ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_comment_mentions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_comment_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_comments ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_counters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_custom_values ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_escalations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_extensions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_major_actions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_major_updates ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_majors ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_operation_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_operations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_presence ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_priorities ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_progress ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_reminders ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_reporters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_search ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_slas ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_status_transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_statuses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_tags ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_task_dependencies ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_tasks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_team_clocks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_view_pins ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_views ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incident_watchers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.incidents ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.macros ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_gateways ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.oncall_feeds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.oncall_layer_people ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.oncall_layers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.oncall_overrides ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.oncall_schedules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.oncall_swaps ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.report_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.report_days ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.report_marks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.roles ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.routing_rule_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.routing_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sla_calendar_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sla_calendars ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sla_digests ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sla_policies ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sla_targets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stored_files ENABLE ROW LEVEL SECURITY;

CREATE POLICY sweep ON public.escalation_alerts FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.escalation_policies FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.escalation_runs FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.event_feeds FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.events FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.file_stores FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.incident_assignments FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.incident_operations FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.incident_progress FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.incident_reminders FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.incident_slas FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.incident_team_clocks FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.incidents FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.notification_deliveries FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.report_marks FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.sla_digests FOR SELECT TO tocsin_sweeper USING (true);

CREATE POLICY sweep ON public.stored_files FOR SELECT TO tocsin_sweeper USING (true);

ALTER TABLE public.team_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.team_turns ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.teams ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON public.api_tokens USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.audit_anchors USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.canned_replies USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.checklists USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.custom_field_categories USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.custom_fields USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.escalation_alerts USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.escalation_policies USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.escalation_runs USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.escalation_settings USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.event_feeds USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.event_heads USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.events USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.file_stores USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.idempotency_keys USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_assignments USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_attachments USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_categories USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_checklists USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_comment_mentions USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_comment_versions USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_comments USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_counters USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_custom_values USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_escalations USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_extensions USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_links USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_major_actions USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_major_updates USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_majors USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_operation_items USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_operations USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_presence USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_priorities USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_progress USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_reminders USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_reporters USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_search USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_slas USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_status_transitions USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_statuses USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_tags USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_task_dependencies USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_tasks USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_team_clocks USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_view_pins USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_views USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incident_watchers USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.incidents USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.macros USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.notification_deliveries USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.notification_gateways USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.notification_rules USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.oncall_feeds USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.oncall_layer_people USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.oncall_layers USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.oncall_overrides USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.oncall_schedules USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.oncall_swaps USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.report_counts USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.report_days USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.report_marks USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.roles USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.routing_rule_entries USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.routing_rules USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.sessions USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.sla_calendar_versions USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.sla_calendars USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.sla_digests USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.sla_policies USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.sla_targets USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.stored_files USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.team_members USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.team_turns USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.teams USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.user_absences USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.user_channels USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.user_roles USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant ON public.users USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

ALTER TABLE public.user_absences ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_channels ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.user_roles ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO tocsin_owner;
GRANT USAGE ON SCHEMA public TO tocsin_app;
GRANT USAGE ON SCHEMA public TO tocsin_sweeper;
GRANT USAGE ON SCHEMA public TO tocsin_backup;

GRANT SELECT ON TABLE public.account_secrets TO tocsin_backup;
GRANT SELECT,INSERT,DELETE ON TABLE public.account_secrets TO tocsin_app;

GRANT SELECT ON TABLE public.accounts TO tocsin_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE public.accounts TO tocsin_app;

GRANT SELECT ON TABLE public.alembic_version TO tocsin_backup;
GRANT SELECT ON TABLE public.alembic_version TO tocsin_app;

GRANT SELECT ON TABLE public.api_tokens TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_tokens TO tocsin_app;

GRANT SELECT ON TABLE public.audit_anchors TO tocsin_backup;
GRANT SELECT,INSERT ON TABLE public.audit_anchors TO tocsin_app;

GRANT SELECT ON TABLE public.canned_replies TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.canned_replies TO tocsin_app;

GRANT SELECT ON TABLE public.checklists TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.checklists TO tocsin_app;

GRANT SELECT ON TABLE public.custom_field_categories TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.custom_field_categories TO tocsin_app;

GRANT SELECT ON TABLE public.custom_fields TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.custom_fields TO tocsin_app;

GRANT SELECT ON TABLE public.escalation_alerts TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.escalation_alerts TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.escalation_alerts TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.escalation_alerts TO tocsin_sweeper;

GRANT SELECT(next_at) ON TABLE public.escalation_alerts TO tocsin_sweeper;

GRANT SELECT ON TABLE public.escalation_policies TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.escalation_policies TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.escalation_policies TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.escalation_policies TO tocsin_sweeper;

GRANT SELECT(next_reach_at) ON TABLE public.escalation_policies TO tocsin_sweeper;

GRANT SELECT ON TABLE public.escalation_runs TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.escalation_runs TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.escalation_runs TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.escalation_runs TO tocsin_sweeper;

GRANT SELECT(next_step_at) ON TABLE public.escalation_runs TO tocsin_sweeper;

GRANT SELECT ON TABLE public.escalation_settings TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.escalation_settings TO tocsin_app;

GRANT SELECT ON TABLE public.event_feeds TO tocsin_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE public.event_feeds TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.event_feeds TO tocsin_sweeper;

GRANT SELECT(next_anchor_at) ON TABLE public.event_feeds TO tocsin_sweeper;

GRANT SELECT ON TABLE public.event_heads TO tocsin_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE public.event_heads TO tocsin_app;

GRANT SELECT ON TABLE public.events TO tocsin_backup;
GRANT SELECT,INSERT ON TABLE public.events TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.events TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.events TO tocsin_sweeper;

GRANT UPDATE(data) ON TABLE public.events TO tocsin_app;

GRANT UPDATE(pending) ON TABLE public.events TO tocsin_app;
GRANT SELECT(pending) ON TABLE public.events TO tocsin_sweeper;

GRANT SELECT(recorded_at) ON TABLE public.events TO tocsin_sweeper;

GRANT UPDATE(pos) ON TABLE public.events TO tocsin_app;

GRANT SELECT ON TABLE public.file_stores TO tocsin_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE public.file_stores TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.file_stores TO tocsin_sweeper;

GRANT SELECT(next_sweep_at) ON TABLE public.file_stores TO tocsin_sweeper;

GRANT SELECT ON TABLE public.idempotency_keys TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO tocsin_app;

GRANT SELECT ON TABLE public.incident_assignments TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_assignments TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.incident_assignments TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.incident_assignments TO tocsin_sweeper;

GRANT SELECT(is_active) ON TABLE public.incident_assignments TO tocsin_sweeper;

GRANT SELECT(delegated_until) ON TABLE public.incident_assignments TO tocsin_sweeper;

GRANT SELECT(until_passed) ON TABLE public.incident_assignments TO tocsin_sweeper;

GRANT SELECT ON TABLE public.incident_attachments TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_attachments TO tocsin_app;

GRANT SELECT ON TABLE public.incident_categories TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_categories TO tocsin_app;

GRANT SELECT ON TABLE public.incident_checklists TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_checklists TO tocsin_app;

GRANT SELECT ON TABLE public.incident_comment_mentions TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_comment_mentions TO tocsin_app;

GRANT SELECT ON TABLE public.incident_comment_versions TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_comment_versions TO tocsin_app;

GRANT SELECT ON TABLE public.incident_comments TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_comments TO tocsin_app;

GRANT SELECT ON TABLE public.incident_counters TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_counters TO tocsin_app;

GRANT SELECT ON TABLE public.incident_custom_values TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_custom_values TO tocsin_app;

GRANT SELECT ON TABLE public.incident_escalations TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_escalations TO tocsin_app;

GRANT SELECT ON TABLE public.incident_extensions TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_extensions TO tocsin_app;

GRANT SELECT ON TABLE public.incident_links TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_links TO tocsin_app;

GRANT SELECT ON TABLE public.incident_major_actions TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_major_actions TO tocsin_app;

GRANT SELECT ON TABLE public.incident_major_updates TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_major_updates TO tocsin_app;

GRANT SELECT ON TABLE public.incident_majors TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_majors TO tocsin_app;

GRANT SELECT ON TABLE public.incident_operation_items TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_operation_items TO tocsin_app;

GRANT SELECT ON TABLE public.incident_operations TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_operations TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.incident_operations TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.incident_operations TO tocsin_sweeper;

GRANT SELECT(next_run_at) ON TABLE public.incident_operations TO tocsin_sweeper;

GRANT SELECT ON TABLE public.incident_presence TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_presence TO tocsin_app;

GRANT SELECT ON TABLE public.incident_priorities TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_priorities TO tocsin_app;

GRANT SELECT ON TABLE public.incident_progress TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_progress TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.incident_progress TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.incident_progress TO tocsin_sweeper;

GRANT SELECT(remind_at) ON TABLE public.incident_progress TO tocsin_sweeper;

GRANT SELECT ON TABLE public.incident_reminders TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_reminders TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.incident_reminders TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.incident_reminders TO tocsin_sweeper;

GRANT SELECT(scheduled_for) ON TABLE public.incident_reminders TO tocsin_sweeper;

GRANT SELECT(state) ON TABLE public.incident_reminders TO tocsin_sweeper;

GRANT SELECT ON TABLE public.incident_reporters TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_reporters TO tocsin_app;

GRANT SELECT ON TABLE public.incident_search TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_search TO tocsin_app;

GRANT SELECT ON TABLE public.incident_slas TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_slas TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.incident_slas TO tocsin_sweeper;

GRANT SELECT(incident_id) ON TABLE public.incident_slas TO tocsin_sweeper;

GRANT SELECT(next_check_at) ON TABLE public.incident_slas TO tocsin_sweeper;

GRANT SELECT ON TABLE public.incident_status_transitions TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_status_transitions TO tocsin_app;

GRANT SELECT ON TABLE public.incident_statuses TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_statuses TO tocsin_app;

GRANT SELECT ON TABLE public.incident_tags TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_tags TO tocsin_app;

GRANT SELECT ON TABLE public.incident_task_dependencies TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_task_dependencies TO tocsin_app;

GRANT SELECT ON TABLE public.incident_tasks TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_tasks TO tocsin_app;

GRANT SELECT ON TABLE public.incident_team_clocks TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_team_clocks TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.incident_team_clocks TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.incident_team_clocks TO tocsin_sweeper;

GRANT SELECT(next_check_at) ON TABLE public.incident_team_clocks TO tocsin_sweeper;

GRANT SELECT ON TABLE public.incident_view_pins TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_view_pins TO tocsin_app;

GRANT SELECT ON TABLE public.incident_views TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_views TO tocsin_app;

GRANT SELECT ON TABLE public.incident_watchers TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incident_watchers TO tocsin_app;

GRANT SELECT ON TABLE public.incidents TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.incidents TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.incidents TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.incidents TO tocsin_sweeper;

GRANT SELECT(auto_close_at) ON TABLE public.incidents TO tocsin_sweeper;

GRANT SELECT ON TABLE public.macros TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.macros TO tocsin_app;

GRANT SELECT ON TABLE public.notification_deliveries TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_deliveries TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.notification_deliveries TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.notification_deliveries TO tocsin_sweeper;

GRANT SELECT(next_attempt_at) ON TABLE public.notification_deliveries TO tocsin_sweeper;

GRANT SELECT ON TABLE public.notification_gateways TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_gateways TO tocsin_app;

GRANT SELECT ON TABLE public.notification_rules TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_rules TO tocsin_app;

GRANT SELECT ON TABLE public.oncall_feeds TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.oncall_feeds TO tocsin_app;

GRANT SELECT ON TABLE public.oncall_layer_people TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.oncall_layer_people TO tocsin_app;

GRANT SELECT ON TABLE public.oncall_layers TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.oncall_layers TO tocsin_app;

GRANT SELECT ON TABLE public.oncall_overrides TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.oncall_overrides TO tocsin_app;

GRANT SELECT ON TABLE public.oncall_schedules TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.oncall_schedules TO tocsin_app;

GRANT SELECT ON TABLE public.oncall_swaps TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.oncall_swaps TO tocsin_app;

GRANT SELECT ON TABLE public.pgqueuer TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pgqueuer TO tocsin_app;

GRANT SELECT ON SEQUENCE public.pgqueuer_id_seq TO tocsin_backup;
GRANT SELECT,USAGE ON SEQUENCE public.pgqueuer_id_seq TO tocsin_app;

GRANT SELECT ON TABLE public.pgqueuer_log TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pgqueuer_log TO tocsin_app;

GRANT SELECT ON SEQUENCE public.pgqueuer_log_id_seq TO tocsin_backup;
GRANT SELECT,USAGE ON SEQUENCE public.pgqueuer_log_id_seq TO tocsin_app;

GRANT SELECT ON TABLE public.pgqueuer_schedules TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pgqueuer_schedules TO tocsin_app;

GRANT SELECT ON SEQUENCE public.pgqueuer_schedules_id_seq TO tocsin_backup;
GRANT SELECT,USAGE ON SEQUENCE public.pgqueuer_schedules_id_seq TO tocsin_app;

GRANT SELECT ON TABLE public.pgqueuer_statistics TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pgqueuer_statistics TO tocsin_app;

GRANT SELECT ON SEQUENCE public.pgqueuer_statistics_id_seq TO tocsin_backup;
GRANT SELECT,USAGE ON SEQUENCE public.pgqueuer_statistics_id_seq TO tocsin_app;

GRANT SELECT ON TABLE public.rate_counters TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rate_counters TO tocsin_app;

GRANT SELECT ON TABLE public.report_counts TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.report_counts TO tocsin_app;

GRANT SELECT ON TABLE public.report_days TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.report_days TO tocsin_app;

GRANT SELECT ON TABLE public.report_marks TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.report_marks TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.report_marks TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.report_marks TO tocsin_sweeper;

GRANT SELECT(due_at) ON TABLE public.report_marks TO tocsin_sweeper;

GRANT SELECT ON TABLE public.roles TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.roles TO tocsin_app;

GRANT SELECT ON TABLE public.routing_rule_entries TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.routing_rule_entries TO tocsin_app;

GRANT SELECT ON TABLE public.routing_rules TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.routing_rules TO tocsin_app;

GRANT SELECT ON TABLE public.sessions TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO tocsin_app;

GRANT SELECT ON TABLE public.sla_calendar_versions TO tocsin_backup;
GRANT SELECT,INSERT,DELETE ON TABLE public.sla_calendar_versions TO tocsin_app;

GRANT SELECT ON TABLE public.sla_calendars TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sla_calendars TO tocsin_app;

GRANT SELECT ON TABLE public.sla_digests TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sla_digests TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.sla_digests TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.sla_digests TO tocsin_sweeper;

GRANT SELECT(due_at) ON TABLE public.sla_digests TO tocsin_sweeper;

GRANT SELECT ON TABLE public.sla_policies TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sla_policies TO tocsin_app;

GRANT SELECT ON TABLE public.sla_targets TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sla_targets TO tocsin_app;

GRANT SELECT ON TABLE public.stored_files TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.stored_files TO tocsin_app;

GRANT SELECT(tenant_id) ON TABLE public.stored_files TO tocsin_sweeper;

GRANT SELECT(id) ON TABLE public.stored_files TO tocsin_sweeper;

GRANT SELECT(due_at) ON TABLE public.stored_files TO tocsin_sweeper;

GRANT SELECT ON TABLE public.team_members TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.team_members TO tocsin_app;

GRANT SELECT ON TABLE public.team_turns TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.team_turns TO tocsin_app;

GRANT SELECT ON TABLE public.teams TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.teams TO tocsin_app;

GRANT SELECT ON TABLE public.tenants TO tocsin_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE public.tenants TO tocsin_app;

GRANT SELECT(id) ON TABLE public.tenants TO tocsin_sweeper;

GRANT SELECT(kind) ON TABLE public.tenants TO tocsin_sweeper;

GRANT SELECT(state) ON TABLE public.tenants TO tocsin_sweeper;

GRANT SELECT(clock_at) ON TABLE public.tenants TO tocsin_sweeper;

GRANT SELECT(disabled_modules) ON TABLE public.tenants TO tocsin_sweeper;

GRANT SELECT ON TABLE public.user_absences TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.user_absences TO tocsin_app;

GRANT SELECT ON TABLE public.user_channels TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.user_channels TO tocsin_app;

GRANT SELECT ON TABLE public.user_roles TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.user_roles TO tocsin_app;

GRANT SELECT ON TABLE public.users TO tocsin_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.users TO tocsin_app;

ALTER DEFAULT PRIVILEGES FOR ROLE tocsin_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO tocsin_backup;

ALTER DEFAULT PRIVILEGES FOR ROLE tocsin_owner IN SCHEMA public GRANT SELECT ON TABLES TO tocsin_backup;
