-- The first schema: every entity of the specification, and what the rooms of part one need beside it.
-- Conventions (docs/decisions): text, timestamptz, jsonb, no enums; every tenant table is led by tenant_id in its
-- primary key, its unique keys and its foreign keys; row-level security is enabled and forced at the end for all.

-- ---------------------------------------------------------------- global tables (no row security: no tenant in them)

create table tenants (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'),
  name text not null,
  host text unique,
  time_zone text not null default 'UTC',
  locale text not null default 'en',
  kind text not null default 'live' check (kind in ('live', 'sandbox')),
  state text not null default 'active' check (state in ('active', 'suspended')),
  clock_at timestamptz check ((kind = 'sandbox') = (clock_at is not null)),
  settings jsonb not null default '{}',
  disabled_modules text[] not null default '{}',
  revision bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table accounts (
  id uuid primary key,
  email text not null unique,
  password_hash text,
  password_tenant_id uuid references tenants (id),
  tenant_ids uuid[] not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Counters of requests per window for whatever is open to the public; keys are hashes, losing them harms nobody.
create unlogged table rate_counters (
  key bytea not null,
  window_start timestamptz not null,
  hits integer not null,
  primary key (key, window_start)
);

-- ------------------------------------------------------------------------------------------------ access

create table users (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  account_id uuid references accounts (id),
  name text not null,
  email text,
  phone text,
  kind text not null default 'person' check (kind in ('person', 'service')),
  is_active boolean not null default true,
  time_zone text,
  locale text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index users_email on users (tenant_id, email) where email is not null;
create unique index users_account on users (tenant_id, account_id) where account_id is not null;
create index users_by_name on users (tenant_id, name, id) where is_active;

create table roles (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  slug text not null,
  name text not null,
  permissions text[] not null default '{}',
  is_seeded boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index roles_slug on roles (tenant_id, slug);

create table user_roles (
  tenant_id uuid not null,
  user_id uuid not null,
  role_id uuid not null,
  primary key (tenant_id, user_id, role_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  foreign key (tenant_id, role_id) references roles (tenant_id, id)
);
create index user_roles_by_role on user_roles (tenant_id, role_id);

create table teams (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  slug text not null,
  name text not null,
  description text,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index teams_slug on teams (tenant_id, slug);

create table team_members (
  tenant_id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  is_lead boolean not null default false,
  primary key (tenant_id, team_id, user_id),
  foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index team_members_by_user on team_members (tenant_id, user_id);

create table api_tokens (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  secret_hash bytea not null,
  user_id uuid not null,
  role_id uuid,
  permissions text[],
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_by_id uuid,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  foreign key (tenant_id, role_id) references roles (tenant_id, id),
  foreign key (tenant_id, created_by_id) references users (tenant_id, id)
);
create unique index api_tokens_secret on api_tokens (tenant_id, secret_hash);
create index api_tokens_by_user on api_tokens (tenant_id, user_id);
create index api_tokens_by_role on api_tokens (tenant_id, role_id);

create table sessions (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  secret_hash bytea not null,
  csrf_token text not null,
  user_id uuid not null,
  address text,
  user_agent text,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create unique index sessions_secret on sessions (tenant_id, secret_hash);
create index sessions_by_user on sessions (tenant_id, user_id);

-- ------------------------------------------------------------------------------------------- web (edge)

create table idempotency_keys (
  tenant_id uuid not null references tenants (id),
  actor_id uuid not null,
  key text not null,
  request_hash bytea not null,
  status smallint,
  headers jsonb,
  body bytea,
  created_at timestamptz not null,
  primary key (tenant_id, actor_id, key)
);
create index idempotency_keys_age on idempotency_keys (tenant_id, created_at);

-- -------------------------------------------------------------------------------------------- activity

create table events (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  stream uuid not null,
  seq bigint not null,
  type text not null,
  incident_id uuid,
  actor_id uuid,
  at timestamptz not null,
  source text not null,
  facts jsonb not null,
  commitments jsonb not null,
  data jsonb not null,
  hash bytea not null,
  pending text[] not null default '{}',
  recorded_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index events_stream on events (tenant_id, stream, seq);
create index events_pending on events (recorded_at, tenant_id, id) where pending <> '{}';

create table event_heads (
  tenant_id uuid not null references tenants (id),
  stream uuid not null,
  seq bigint not null,
  hash bytea not null,
  primary key (tenant_id, stream)
);

-- --------------------------------------------------------------------------------------- classification

create table incident_categories (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  slug text not null,
  description text,
  type text,
  department text,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index incident_categories_slug on incident_categories (tenant_id, slug);

create table incident_priorities (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  slug text not null,
  level integer not null check (level between 1 and 1000),
  response_time_minutes integer check (response_time_minutes between 1 and 5256000),
  resolution_time_minutes integer check (resolution_time_minutes between 1 and 5256000),
  is_default boolean not null default false,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index incident_priorities_slug on incident_priorities (tenant_id, slug);
create unique index incident_priorities_default on incident_priorities (tenant_id) where is_default;

create table incident_statuses (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  slug text not null,
  sort_order integer not null default 0,
  is_terminal boolean not null default false,
  is_default boolean not null default false,
  is_resolved boolean not null default false,
  pauses_sla boolean not null default false,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check (not (is_default and (is_terminal or is_resolved or pauses_sla))),
  check (not (pauses_sla and (is_terminal or is_resolved)))
);
create unique index incident_statuses_slug on incident_statuses (tenant_id, slug);
create unique index incident_statuses_default on incident_statuses (tenant_id) where is_default;

create table incident_status_transitions (
  tenant_id uuid not null,
  from_status_id uuid not null,
  to_status_id uuid not null,
  primary key (tenant_id, from_status_id, to_status_id),
  foreign key (tenant_id, from_status_id) references incident_statuses (tenant_id, id),
  foreign key (tenant_id, to_status_id) references incident_statuses (tenant_id, id),
  check (from_status_id <> to_status_id)
);
create index incident_status_transitions_to on incident_status_transitions (tenant_id, to_status_id);

-- -------------------------------------------------------------------------------------------- incidents

create table incident_counters (
  tenant_id uuid not null references tenants (id),
  last_no bigint not null,
  primary key (tenant_id)
);

create table incident_reporters (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  email text,
  phone text,
  organization text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create index incident_reporters_email on incident_reporters (tenant_id, email);
create index incident_reporters_name on incident_reporters (tenant_id, name);

create table incidents (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  reference_no bigint not null,
  reference_code text not null,
  title text not null,
  description text,
  category_id uuid,
  priority_id uuid not null,
  priority_level integer not null,
  status_id uuid not null,
  is_open boolean not null,
  reported_by_user_id uuid,
  reported_by_reporter_id uuid,
  reported_by_id uuid generated always as (coalesce(reported_by_user_id, reported_by_reporter_id)) stored,
  reported_via text not null check (reported_via in ('internal', 'public')),
  assigned_to_id uuid,
  team_id uuid,
  due_at timestamptz,
  due_source text not null default 'sla' check (due_source in ('sla', 'manual')),
  acknowledged_at timestamptz,
  acknowledged_by_id uuid,
  resolved_at timestamptz,
  closed_at timestamptz,
  source text not null check (source in ('email', 'web', 'api', 'import', 'alert')),
  metadata jsonb not null default '{}',
  impact text,
  progress_percent smallint check (progress_percent between 0 and 100),
  is_breached boolean not null default false,
  reopen_count integer not null default 0,
  import_key text,
  tracking_hash bytea,
  version integer not null default 1,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check (reported_by_user_id is null or reported_by_reporter_id is null),
  foreign key (tenant_id, category_id) references incident_categories (tenant_id, id),
  foreign key (tenant_id, priority_id) references incident_priorities (tenant_id, id),
  foreign key (tenant_id, status_id) references incident_statuses (tenant_id, id),
  foreign key (tenant_id, reported_by_user_id) references users (tenant_id, id),
  foreign key (tenant_id, reported_by_reporter_id) references incident_reporters (tenant_id, id),
  foreign key (tenant_id, assigned_to_id) references users (tenant_id, id),
  foreign key (tenant_id, acknowledged_by_id) references users (tenant_id, id),
  foreign key (tenant_id, team_id) references teams (tenant_id, id)
);
create unique index incidents_reference_no on incidents (tenant_id, reference_no);
create unique index incidents_reference_code on incidents (tenant_id, reference_code);
create unique index incidents_import_key on incidents (tenant_id, import_key) where import_key is not null;
create unique index incidents_tracking on incidents (tenant_id, tracking_hash) where tracking_hash is not null;
-- The specification's three.
create index incidents_status_priority on incidents (tenant_id, status_id, priority_id);
create index incidents_assigned_to on incidents (tenant_id, assigned_to_id, created_at, id);
create index incidents_due_at on incidents (tenant_id, due_at, id);
-- One for each way to sort or filter a list (measured in benchmarks/).
create index incidents_created_at on incidents (tenant_id, created_at, id);
create index incidents_updated_at on incidents (tenant_id, updated_at, id);
create index incidents_priority on incidents (tenant_id, priority_level, id);
create index incidents_category on incidents (tenant_id, category_id, created_at, id);
create index incidents_team on incidents (tenant_id, team_id, created_at, id);
create index incidents_reporter on incidents (tenant_id, reported_by_id, created_at, id);
create index incidents_open on incidents (tenant_id, created_at, id)
  include (status_id, priority_level, priority_id, assigned_to_id, team_id, category_id, due_at, updated_at, reference_no, is_breached)
  where is_open and deleted_at is null;
-- A status belongs to one tenant: without knowing it the planner multiplies the two, expects almost no rows of a filtered
-- list, and reads thousands to sort them (7.6 ms against 0.1 in a tenant of 100,000).
create statistics incidents_catalogue (dependencies)
  on tenant_id, status_id, priority_id, category_id, assigned_to_id, team_id from incidents;

create table incident_search (
  tenant_id uuid not null,
  incident_id uuid not null,
  created_at timestamptz not null,
  doc tsvector not null,
  doc_public tsvector,
  primary key (tenant_id, incident_id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id)
);
create index incident_search_doc on incident_search using gin (tenant_id, doc) with (gin_pending_list_limit = 1024);
create index incident_search_created on incident_search (tenant_id, created_at, incident_id);
alter table incident_search alter doc set statistics 1000;

create table incident_assignments (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  assigned_to_id uuid not null,
  assigned_by_id uuid,
  delegated_from_id uuid,
  previous_assignment_id uuid,
  capacity text not null default 'owner' check (capacity in ('owner', 'collaborator')),
  assigned_at timestamptz not null,
  unassigned_at timestamptz,
  is_active boolean not null default true,
  delegated_until timestamptz,
  note text,
  primary key (tenant_id, id),
  check (is_active = (unassigned_at is null)),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, assigned_to_id) references users (tenant_id, id),
  foreign key (tenant_id, assigned_by_id) references users (tenant_id, id),
  foreign key (tenant_id, delegated_from_id) references users (tenant_id, id),
  foreign key (tenant_id, previous_assignment_id) references incident_assignments (tenant_id, id)
);
create index incident_assignments_of on incident_assignments (tenant_id, incident_id, assigned_at);
create index incident_assignments_to on incident_assignments (tenant_id, assigned_to_id, incident_id) where is_active;
create unique index incident_assignments_once on incident_assignments (tenant_id, incident_id, assigned_to_id) where is_active;
create unique index incident_assignments_owner on incident_assignments (tenant_id, incident_id)
  where is_active and capacity = 'owner';
create index incident_assignments_until on incident_assignments (delegated_until, tenant_id, id)
  where is_active and delegated_until is not null;

create table incident_watchers (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  user_id uuid,
  team_id uuid,
  email text,
  reason text not null default 'added',
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check (num_nonnulls(user_id, team_id, email) = 1),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  foreign key (tenant_id, team_id) references teams (tenant_id, id)
);
create unique index incident_watchers_user on incident_watchers (tenant_id, incident_id, user_id) where user_id is not null;
create unique index incident_watchers_team on incident_watchers (tenant_id, incident_id, team_id) where team_id is not null;
create unique index incident_watchers_email on incident_watchers (tenant_id, incident_id, email) where email is not null;
create index incident_watchers_by_user on incident_watchers (tenant_id, user_id, incident_id) where user_id is not null;

-- -------------------------------------------------------------------------------------------------- sla

create table incident_slas (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  is_active boolean not null default true,
  policy jsonb not null,
  started_at timestamptz not null,
  response_target_minutes integer,
  resolution_target_minutes integer,
  response_due_at timestamptz,
  resolution_due_at timestamptz,
  fixed_due_at timestamptz,
  first_response_at timestamptz,
  resolution_at timestamptz,
  stopped_at timestamptz,
  stopped jsonb not null default '[]',
  paused_at timestamptz,
  paused jsonb not null default '[]',
  response_warned smallint not null default 0,
  resolution_warned smallint not null default 0,
  response_breached_at timestamptz,
  resolution_breached_at timestamptz,
  is_breached boolean not null default false,
  breached_at timestamptz,
  next_check_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id)
);
create unique index incident_slas_active on incident_slas (tenant_id, incident_id) where is_active;
create index incident_slas_of on incident_slas (tenant_id, incident_id);
create index incident_slas_due on incident_slas (next_check_at, tenant_id, incident_id) where next_check_at is not null;

-- ---------------------------------------------------------------------------------------- collaboration

create table incident_tasks (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  assigned_to_id uuid,
  title text not null,
  description text,
  status text not null default 'open' check (status in ('open', 'in_progress', 'done', 'cancelled')),
  due_at timestamptz,
  completed_at timestamptz,
  sort_order integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, assigned_to_id) references users (tenant_id, id)
);
create index incident_tasks_of on incident_tasks (tenant_id, incident_id, sort_order, id);
create index incident_tasks_assigned on incident_tasks (tenant_id, assigned_to_id) where status in ('open', 'in_progress');

create table incident_comments (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  user_id uuid,
  reporter_id uuid,
  body text not null,
  body_html text not null,
  is_internal boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check (user_id is null or reporter_id is null),
  check (not (is_internal and reporter_id is not null)),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  foreign key (tenant_id, reporter_id) references incident_reporters (tenant_id, id)
);
create index incident_comments_of on incident_comments (tenant_id, incident_id, created_at, id);

create table incident_attachments (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  comment_id uuid,
  disk text not null,
  path text not null,
  filename text not null,
  mime_type text not null,
  size_bytes bigint not null check (size_bytes > 0),
  sha256 bytea not null,
  is_internal boolean not null default false,
  uploaded_by_id uuid,
  uploaded_by_reporter_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check (uploaded_by_id is null or uploaded_by_reporter_id is null),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, comment_id) references incident_comments (tenant_id, id),
  foreign key (tenant_id, uploaded_by_id) references users (tenant_id, id),
  foreign key (tenant_id, uploaded_by_reporter_id) references incident_reporters (tenant_id, id)
);
create index incident_attachments_of on incident_attachments (tenant_id, incident_id, created_at, id);
create unique index incident_attachments_path on incident_attachments (tenant_id, path);

create table incident_progress (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  user_id uuid not null,
  percent smallint not null check (percent between 0 and 100),
  summary text not null,
  next_update_due_at timestamptz,
  is_internal boolean not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index incident_progress_of on incident_progress (tenant_id, incident_id, created_at, id);

-- ------------------------------------------------------------------------------------------- escalation

create table escalation_policies (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  is_active boolean not null default true,
  conditions text not null default '',
  trigger jsonb not null,
  steps jsonb not null,
  repeat integer not null default 0 check (repeat between 0 and 100),
  stop_on text[] not null default '{}',
  version integer not null default 1,
  activated_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index escalation_policies_name on escalation_policies (tenant_id, name);

create table escalation_runs (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  policy_id uuid not null,
  policy_version integer not null,
  snapshot jsonb not null,
  state text not null default 'running' check (state in ('running', 'finished', 'stopped')),
  ended_because text,
  triggered_at timestamptz not null,
  started_at timestamptz,
  step integer not null default 0,
  round integer not null default 0,
  next_step_at timestamptz,
  paused_at timestamptz,
  remaining interval,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((state = 'running' and paused_at is null) = (next_step_at is not null)),
  check ((paused_at is null) = (remaining is null)),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, policy_id) references escalation_policies (tenant_id, id)
);
create unique index escalation_runs_one on escalation_runs (tenant_id, incident_id, policy_id) where state = 'running';
create index escalation_runs_of on escalation_runs (tenant_id, incident_id, created_at);
create index escalation_runs_policy on escalation_runs (tenant_id, policy_id, created_at);
create index escalation_runs_due on escalation_runs (next_step_at, tenant_id, id) where next_step_at is not null;

create table incident_escalations (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  from_priority_id uuid,
  to_priority_id uuid,
  from_user_id uuid,
  to_user_id uuid,
  from_team_id uuid,
  to_team_id uuid,
  escalated_by_id uuid,
  reason text not null,
  run_id uuid,
  policy_id uuid,
  step integer,
  round integer,
  outcome jsonb not null default '[]',
  escalated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, from_priority_id) references incident_priorities (tenant_id, id),
  foreign key (tenant_id, to_priority_id) references incident_priorities (tenant_id, id),
  foreign key (tenant_id, from_user_id) references users (tenant_id, id),
  foreign key (tenant_id, to_user_id) references users (tenant_id, id),
  foreign key (tenant_id, from_team_id) references teams (tenant_id, id),
  foreign key (tenant_id, to_team_id) references teams (tenant_id, id),
  foreign key (tenant_id, escalated_by_id) references users (tenant_id, id),
  foreign key (tenant_id, run_id) references escalation_runs (tenant_id, id),
  foreign key (tenant_id, policy_id) references escalation_policies (tenant_id, id)
);
create index incident_escalations_of on incident_escalations (tenant_id, incident_id, escalated_at, id);
create unique index incident_escalations_step on incident_escalations (tenant_id, run_id, round, step) where run_id is not null;

-- -------------------------------------------------------------------------------------------- reminders

create table incident_reminders (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  reminder_type text not null,
  scheduled_for timestamptz,
  before_due_minutes integer check (before_due_minutes > 0),
  sent_at timestamptz,
  cancelled_at timestamptz,
  state text not null default 'scheduled' check (state in ('scheduled', 'sent', 'cancelled')),
  channel text not null check (channel in ('email', 'sms', 'slack')),
  recipients jsonb not null default '[]',
  metadata jsonb not null default '{}',
  created_by_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, created_by_id) references users (tenant_id, id)
);
create index incident_reminders_of on incident_reminders (tenant_id, incident_id, created_at, id);
create index incident_reminders_due on incident_reminders (scheduled_for, tenant_id, id)
  where state = 'scheduled' and scheduled_for is not null;

-- ---------------------------------------------------------------------------------------- notifications

create table notification_deliveries (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  dedupe_key text not null,
  kind text not null,
  incident_id uuid,
  user_id uuid,
  reporter_id uuid,
  channel text not null check (channel in ('email', 'sms', 'slack')),
  address text,
  subject text not null,
  body text not null,
  headers jsonb not null default '{}',
  state text not null default 'pending' check (state in ('pending', 'sent', 'recorded', 'failed', 'skipped')),
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  last_error text,
  created_at timestamptz not null,
  sent_at timestamptz,
  primary key (tenant_id, id),
  check ((state = 'pending') = (next_attempt_at is not null)),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create unique index notification_deliveries_once on notification_deliveries (tenant_id, dedupe_key);
create index notification_deliveries_of on notification_deliveries (tenant_id, incident_id, created_at, id);
create index notification_deliveries_recent on notification_deliveries (tenant_id, created_at, id);
create index notification_deliveries_due on notification_deliveries (next_attempt_at, tenant_id, id)
  where next_attempt_at is not null;

-- --------------------------------------------------------------------------- row-level security and grants

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  for name in
    select c.relname from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
    order by 1
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;

grant select, insert, update on tenants, accounts to tocsin_app;
grant select, insert, update, delete on rate_counters to tocsin_app;
grant select on tenants, accounts to tocsin_backup;

-- What happened can be added, never changed: only the list of handlers still to run may shrink, and what a person's
-- erasure takes out of `data`.
revoke update, delete on events from tocsin_app;
grant update (pending, data) on events to tocsin_app;
revoke delete on event_heads from tocsin_app;

-- The sweeper lists what is due across tenants: ids and due columns, nothing else.
do $$
declare
  name text;
begin
  foreach name in array array[
    'incident_slas', 'incident_reminders', 'incident_assignments', 'escalation_runs', 'notification_deliveries', 'events'
  ] loop
    execute format('create policy sweep on %I for select to tocsin_sweeper using (true)', name);
  end loop;
end $$;
grant select (id, kind, state, clock_at, disabled_modules) on tenants to tocsin_sweeper;
grant select (tenant_id, incident_id, next_check_at) on incident_slas to tocsin_sweeper;
grant select (tenant_id, id, scheduled_for, state) on incident_reminders to tocsin_sweeper;
grant select (tenant_id, id, delegated_until, is_active) on incident_assignments to tocsin_sweeper;
grant select (tenant_id, id, next_step_at) on escalation_runs to tocsin_sweeper;
grant select (tenant_id, id, next_attempt_at) on notification_deliveries to tocsin_sweeper;
grant select (tenant_id, id, recorded_at, pending) on events to tocsin_sweeper;
