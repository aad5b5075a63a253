-- A users table as a shop might have it, long before Carillon came.
create table users (
  id serial primary key,
  tenant integer not null,
  login text not null,
  mail text,
  mobile text,
  name text,
  joined timestamptz not null default now(),
  -- {"timezone": …, "language": …}
  preferences jsonb not null default '{}',
  -- Names of senders, and labels of the shop's own, each a list.
  channels jsonb not null default '[]',
  labels jsonb not null default '[]',
  profile jsonb not null default '{}',
  unique (tenant, login)
);
create index on users (tenant, joined desc, id desc);
