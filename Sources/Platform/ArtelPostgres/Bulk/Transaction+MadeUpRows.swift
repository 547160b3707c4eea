extension Transaction {
  /// Makes functions that draw numbers for made-up rows, the same ones every time, until ``dropDrawing()``.
  ///
  /// - `pg_temp.chance(n, salt)`: from 0 up to but not including 1; each salt another one.
  /// - `pg_temp.pick(n, salt, count, skew)`: a whole number from 0 up to but not including `count`; the
  ///   higher `skew` is above 1, the more often a low one.
  /// - `pg_temp.key(kind, at, n)`: an id in the form of a UUIDv7 of that time (RFC 9562), of its own for
  ///   each kind from 0 to 4,095 and each number up to 2⁴⁸.
  /// - `pg_temp.key_stem(kind, at)`: the first 20 of its 32 digits; the others are the number.
  public func makeDrawing() async throws {
    let functions: [SQL] = [
      """
      create function pg_temp.chance(n bigint, salt bigint) returns double precision
      language sql immutable parallel safe as $$
        select (hashint8extended(n, salt) & 9007199254740991) / 9007199254740992::double precision
      $$
      """,
      """
      create function pg_temp.pick(n bigint, salt bigint, count bigint, skew double precision)
      returns bigint language sql immutable parallel safe as $$
        select floor(count * power(pg_temp.chance(n, salt), skew))::bigint
      $$
      """,
      """
      create function pg_temp.key_stem(kind integer, at timestamptz) returns text
      language sql stable parallel safe as $$
        select lpad(to_hex((date_part('epoch', at) * 1000)::bigint), 12, '0')
          || '7' || lpad(to_hex(kind), 3, '0') || '8000'
      $$
      """,
      """
      create function pg_temp.key(kind integer, at timestamptz, n bigint) returns uuid
      language sql stable parallel safe as $$
        select (pg_temp.key_stem(kind, at) || lpad(to_hex(n), 12, '0'))::uuid
      $$
      """,
    ]
    for function in functions { _ = try await write(function) }
  }

  /// Removes the functions of ``makeDrawing()``; a transaction that rolls back has removed them.
  public func dropDrawing() async throws {
    for name in ["key", "key_stem", "pick", "chance"] {
      _ = try await write(SQL(raw: "drop function pg_temp.\(name)"))
    }
  }
}
