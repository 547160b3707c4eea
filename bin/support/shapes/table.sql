create table {{table}} (
  id         uuid        not null,
  created_at timestamptz not null default now(),

  constraint {{table}}_pkey primary key (id)
);

comment on table {{table}} is
  '';
comment on column {{table}}.id is
  '';
comment on column {{table}}.created_at is
  '';
