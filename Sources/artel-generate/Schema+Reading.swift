import ArtelPostgres

extension Schema {
  /// Reads the tables and enumerations of the schema `public` from the catalogs.
  ///
  /// Leaves out what belongs to extensions, and the tables in `excluded`. Catalogs: PostgreSQL
  /// manual, chapter 53.
  init(readingFrom reader: some StatementReader, without excluded: Set<String>) async throws {
    let types = try await TypeCatalog(readingFrom: reader)
    enumerations = types.enumerations
    for row in try await reader.read(Schema.tableQuery) {
      let table = SchemaTable(
        id: try row["id"],
        name: try row["name"],
        sqlName: try row["sql_name"],
        comment: SchemaComment(try row["comment"])
      )
      if !excluded.contains(table.name) { tables.append(table) }
    }
    try await readColumns(from: reader, types)
    try await readKeys(from: reader)
  }

  private mutating func readColumns(
    from reader: some StatementReader,
    _ types: TypeCatalog
  ) async throws {
    for row in try await reader.read(Schema.columnQuery) {
      let tableID: Int = try row["table_id"]
      guard let index = tables.firstIndex(where: { $0.id == tableID }) else { continue }
      tables[index].columns.append(
        SchemaColumn(
          name: try row["name"],
          sqlName: try row["sql_name"],
          type: try types.type(try row["type_id"]),
          isNullable: try row["is_nullable"],
          isMadeByDatabase: try row["is_made"],
          defaultExpression: try row["default_expression"],
          comment: SchemaComment(try row["comment"])
        )
      )
    }
  }

  private mutating func readKeys(from reader: some StatementReader) async throws {
    for row in try await reader.read(Schema.uniqueQuery) {
      let tableID: Int = try row["table_id"]
      guard let index = tables.firstIndex(where: { $0.id == tableID }) else { continue }
      let columns: [String] = try row["columns"]
      if try row["is_primary", as: Bool.self] {
        tables[index].key = columns
      } else {
        tables[index].uniques.append(columns)
      }
    }
    for row in try await reader.read(Schema.foreignKeyQuery) {
      let tableID: Int = try row["table_id"]
      guard let index = tables.firstIndex(where: { $0.id == tableID }) else { continue }
      tables[index].foreignKeys.append(
        ForeignKey(
          columns: try row["columns"],
          target: try row["target_id"],
          targetColumns: try row["target_columns"]
        )
      )
    }
  }

  // Partitions are left out: their rows are read through their parent.
  private static let tableQuery: SQL = """
    select c.oid as id, c.relname::text as name, quote_ident(c.relname) as sql_name,
      obj_description(c.oid, 'pg_class') as comment
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not c.relispartition
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by c.relname
    """

  private static let columnQuery: SQL = """
    select a.attrelid as table_id, a.attname::text as name, quote_ident(a.attname) as sql_name,
      a.atttypid as type_id, not a.attnotnull as is_nullable,
      a.attidentity <> '' or a.attgenerated <> '' as is_made,
      pg_get_expr(d.adbin, d.adrelid) as default_expression,
      col_description(a.attrelid, a.attnum) as comment
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and a.attnum > 0 and not a.attisdropped
    order by a.attrelid, a.attnum
    """

  private static let uniqueQuery: SQL = """
    select i.indrelid as table_id, i.indisprimary as is_primary,
      array(
        select a.attname::text from unnest(i.indkey::int2[]) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
        where k.place <= i.indnkeyatts order by k.place
      ) as columns
    from pg_index i
    join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace and i.indisunique
      and i.indpred is null and i.indexprs is null
    order by i.indexrelid
    """

  private static let foreignKeyQuery: SQL = """
    select f.conrelid as table_id, f.confrelid as target_id,
      array(
        select a.attname::text from unnest(f.conkey) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.number order by k.place
      ) as columns,
      array(
        select a.attname::text from unnest(f.confkey) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.number order by k.place
      ) as target_columns
    from pg_constraint f
    where f.contype = 'f' and f.connamespace = 'public'::regnamespace and f.conparentid = 0
    order by f.conrelid, f.conkey
    """
}

/// The types that columns may have.
private struct TypeCatalog {
  private struct Entry {
    let name: String
    let kind: String
    let element: Int
    let base: Int
    let category: String
  }

  private var entries: [Int: Entry] = [:]
  private(set) var enumerations: [SchemaEnumeration] = []

  init(readingFrom reader: some StatementReader) async throws {
    for row in try await reader.read(TypeCatalog.typeQuery) {
      entries[try row["id"]] = Entry(
        name: try row["name"],
        kind: try row["kind"],
        element: try row["element"],
        base: try row["base"],
        category: try row["category"]
      )
    }
    for row in try await reader.read(TypeCatalog.enumerationQuery) {
      enumerations.append(
        SchemaEnumeration(
          name: try row["name"],
          labels: try row["labels"],
          comment: SchemaComment(try row["comment"])
        )
      )
    }
  }

  func type(_ id: Int) throws -> SchemaType {
    guard let entry = entries[id] else { throw GenerateError("the type \(id) is in no catalog") }
    switch (entry.kind, entry.category) {
    case ("e", _): return .enumeration(entry.name)
    case ("d", _): return .domain(entry.name, over: try type(entry.base))
    case (_, "A"): return .array(of: try type(entry.element))
    default: return .named(entry.name)
    }
  }

  private static let typeQuery: SQL = """
    select oid as id, typname::text as name, typtype::text as kind, typelem as element,
      typbasetype as base, typcategory::text as category
    from pg_type
    """

  private static let enumerationQuery: SQL = """
    select t.typname::text as name, obj_description(t.oid, 'pg_type') as comment,
      array(
        select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder
      ) as labels
    from pg_type t
    where t.typtype = 'e' and t.typnamespace = 'public'::regnamespace
    order by t.typname
    """
}
