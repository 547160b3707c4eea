import ArtelPostgres

extension TestDatabase {
  /// The tables with rows that are a member's or name one, sorted: for tests that nothing of a member is
  /// forgotten.
  ///
  /// They are `members`, whatever refers to it over any number of foreign keys, and every table with an
  /// id of something else than its own row, or with a column for an address, a number or a name that
  /// people are known by.
  public func tablesNamingMembers() async throws -> [String] {
    try await read(
      """
      with recursive belonging as (
        select 'public.members'::regclass::oid as id
        union
        select conrelid from pg_constraint join belonging on confrelid = belonging.id
        where contype = 'f'
      )
      select distinct relname::text from pg_class
      join pg_namespace on pg_namespace.oid = relnamespace
      join pg_attribute on attrelid = pg_class.oid
      where nspname = 'public' and relkind = 'r' and attnum > 0 and not attisdropped
        and (
          pg_class.oid in (select id from belonging)
          or (atttypid = 'uuid'::regtype and attname <> 'id')
          or attname ~ '(address|email|login|phone|recipient|user_agent|username|viewer)'
        )
      order by 1
      """
    )
    .map { try $0.decode(at: 0) }
  }
}
