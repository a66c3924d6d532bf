-- PostgreSQL takes `disk/raid`, a path or an address for one word: what is there already is found by their pieces as well.
-- Row security binds the owner too, so it is lifted for the while
create function pieces_0032(given text) returns text language sql immutable as $$
  select string_agg(regexp_replace(w, '[/\\@.:=&?<>]+', ' ', 'g'), ' ')
  from string_to_table(regexp_replace(given, '\s', ' ', 'g'), ' ') w
  where given ~ '[[:alnum:]][/\\@.:=&?<>]+[[:alnum:]]|<[/[:alnum:]]'
    and w ~ '[[:alnum:]][/\\@.:=&?<>]+[[:alnum:]]|<[/[:alnum:]]' and w ~ '[[:alpha:]]'
$$;
create function words_0032(given text, language regconfig, weight "char") returns tsvector language sql immutable as $$
  select setweight(to_tsvector('simple', coalesce(p.text, '')) || to_tsvector(language, coalesce(p.text, '')), weight)
  from (select pieces_0032(regexp_replace(given, '(\S{200})', '\1 ', 'g')) as text offset 0) p
$$;
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
  with made as materialized (
    select s.tenant_id, s.incident_id,
      words_0032(left(i.title, 1000), l.language, 'A')
        || words_0032(left(coalesce(i.description, ''), 50000), l.language, 'B')
        || words_0032(left(concat_ws(' ', r.name, r.email, r.organization, u.name, array_to_string(i.tags, ' '),
          (select string_agg(v.value, ' ') from jsonb_each_text(i.custom) v)), 5000), l.language, 'D') as record,
      words_0032(left(coalesce(c.everything, ''), 100000), l.language, 'C') as comments,
      words_0032(left(coalesce(c.open, ''), 100000), l.language, 'C') as comments_public
    from incident_search s
    join incidents i on i.tenant_id = s.tenant_id and i.id = s.incident_id
    join tenants t on t.id = s.tenant_id
    cross join lateral (select case when t.locale = 'de' then 'german'::regconfig else 'english'::regconfig end as language) l
    left join incident_reporters r on r.tenant_id = i.tenant_id and r.id = i.reported_by_reporter_id
    left join users u on u.tenant_id = i.tenant_id and u.id = i.reported_by_user_id
    left join lateral (
      select string_agg(left(m.body, 10000), ' ' order by m.created_at) as everything,
        string_agg(left(m.body, 10000), ' ' order by m.created_at) filter (where not m.is_internal) as open
      from incident_comments m where m.tenant_id = i.tenant_id and m.incident_id = i.id
    ) c on true
    where pg_column_size(s.doc) < 400000
  ), wanted as (
    select * from made where length(record) > 0 or length(comments) > 0
  ), done as (
    update incident_search s set doc = s.doc || m.record || m.comments, doc_public = s.doc_public || m.record || m.comments_public
    from wanted m where s.tenant_id = m.tenant_id and s.incident_id = m.incident_id returning 1
  )
  select (select count(*) from wanted), (select count(*) from done) into expected, touched;
  if touched <> expected then
    raise exception 'search: % incidents expected, % written', expected, touched;
  end if;
  alter table incidents force row level security;
  alter table incident_search force row level security;
  alter table incident_reporters force row level security;
  alter table incident_comments force row level security;
  alter table users force row level security;
end $$;
drop function words_0032(text, regconfig, "char");
drop function pieces_0032(text);
