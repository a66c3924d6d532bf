-- Finding: words by their stem as well, reporters among them; organisations whatever their case; saved views

-- lower() is not leakproof, so an index on the expression would be dead under row security: the value is kept
alter table incident_reporters
  add column organization_key text generated always as (lower(btrim(organization))) stored;
create index incident_reporters_organization on incident_reporters (tenant_id, organization_key, id)
  where organization_key is not null;

create table incident_views (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  query text not null default '',
  sort text not null,
  columns text[] not null default '{}',
  scope text not null check (scope in ('private', 'team', 'tenant')),
  team_id uuid,
  owner_id uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((scope = 'team') = (team_id is not null)),
  foreign key (tenant_id, owner_id) references users (tenant_id, id),
  foreign key (tenant_id, team_id) references teams (tenant_id, id)
);
create index incident_views_of on incident_views (tenant_id, owner_id);
create index incident_views_team on incident_views (tenant_id, team_id) where team_id is not null;
create index incident_views_shared on incident_views (tenant_id, name, id) where scope = 'tenant';

-- Which views stand in whose side bar, in what order
create table incident_view_pins (
  tenant_id uuid not null,
  user_id uuid not null,
  view_id uuid not null,
  place integer not null,
  primary key (tenant_id, user_id, view_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  foreign key (tenant_id, view_id) references incident_views (tenant_id, id) on delete cascade
);
create index incident_view_pins_of on incident_view_pins (tenant_id, view_id);

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['incident_views', 'incident_view_pins'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;

-- What is there already is made findable anew. Row security binds the owner too, so it is lifted for the while
do $$
declare
  expected bigint;
  touched bigint;
begin
  alter table incidents no force row level security;
  alter table incident_search no force row level security;
  alter table incident_reporters no force row level security;
  alter table incident_comments no force row level security;
  alter table users no force row level security;
  select count(*) into expected from incident_search;
  with texts as (
    select s.tenant_id, s.incident_id,
      case when t.locale = 'de' then 'german'::regconfig else 'english'::regconfig end as language,
      left(concat_ws(' ', i.reference_code, i.title), 1000) as a,
      left(coalesce(i.description, ''), 50000) as b,
      left(coalesce(c.everything, ''), 100000) as c,
      left(coalesce(c.open, ''), 100000) as c_public,
      coalesce(c.is_parted, false) as is_parted,
      left(concat_ws(' ', r.name, r.email, r.organization, u.name, array_to_string(i.tags, ' '),
        (select string_agg(v.value, ' ') from jsonb_each_text(i.custom) v)), 5000) as d
    from incident_search s
    join incidents i on i.tenant_id = s.tenant_id and i.id = s.incident_id
    join tenants t on t.id = s.tenant_id
    left join incident_reporters r on r.tenant_id = i.tenant_id and r.id = i.reported_by_reporter_id
    left join users u on u.tenant_id = i.tenant_id and u.id = i.reported_by_user_id
    left join lateral (
      select string_agg(left(m.body, 10000), ' ' order by m.created_at) as everything,
        string_agg(left(m.body, 10000), ' ' order by m.created_at) filter (where not m.is_internal) as open,
        bool_or(m.is_internal) as is_parted
      from incident_comments m where m.tenant_id = i.tenant_id and m.incident_id = i.id
    ) c on true
  ), made as (
    select tenant_id, incident_id, is_parted,
      setweight(to_tsvector('simple', a) || to_tsvector(language, a), 'A')
        || setweight(to_tsvector('simple', b) || to_tsvector(language, b), 'B')
        || setweight(to_tsvector('simple', d) || to_tsvector(language, d), 'D') as record,
      setweight(to_tsvector('simple', c) || to_tsvector(language, c), 'C') as comments,
      setweight(to_tsvector('simple', c_public) || to_tsvector(language, c_public), 'C') as comments_public
    from texts
  )
  update incident_search s set doc = m.record || m.comments,
    doc_public = case when m.is_parted then m.record || m.comments_public end
  from made m where s.tenant_id = m.tenant_id and s.incident_id = m.incident_id;
  get diagnostics touched = row_count;
  if touched <> expected then
    raise exception 'search: % incidents expected, % written', expected, touched;
  end if;
  alter table incidents force row level security;
  alter table incident_search force row level security;
  alter table incident_reporters force row level security;
  alter table incident_comments force row level security;
  alter table users force row level security;
end $$;
