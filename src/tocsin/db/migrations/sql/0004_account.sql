-- Secrets of an account that work once and for a few minutes, as hashes: `reset` a link for a new password, `choice` a login
-- whose password was right and whose organisation is still to be chosen. Global, as accounts are.
create table account_secrets (
  secret_hash bytea primary key,
  kind text not null check (kind in ('reset', 'choice')),
  account_id uuid not null references accounts (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index account_secrets_of on account_secrets (account_id, kind);
create index account_secrets_old on account_secrets (expires_at);
grant select, insert, delete on account_secrets to tocsin_app;
