import AccountsContract
import ArtelOperations
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The databases: sizes of tables, statements that take long, columns and rows of a table.
struct DatabasePages: Sendable {
  let admin: Admin

  private struct ListModel: Sendable {
    let databases: [DatabaseView]
    let statements: [StatementView]
    let hasStatements: Bool
    /// Whether PostgreSQL counted them; otherwise this process did.
    let isCounted: Bool
  }

  private struct DatabaseView: Sendable {
    let context: String
    let sizeBytes: Int
    let tables: [TableView]
  }

  private struct TableView: Sendable {
    let name: String
    let url: String
    let rows: Int
    let sizeBytes: Int
    let indexBytes: Int
    let deadRows: Int
    let vacuumedAt: Date?
  }

  private struct StatementView: Sendable {
    let context: String
    let text: String
    let calls: Int
    let totalMilliseconds: Int
    let meanMilliseconds: String
    let longestMilliseconds: Int
  }

  private struct TableModel: Sendable {
    let context: String
    let name: String
    let count: Int
    let isMore: Bool
    let columns: [ColumnView]
    let names: [String]
    let rows: [[Cell]]
    let hasRows: Bool
  }

  private struct ColumnView: Sendable {
    let name: String
    let type: String
    let comment: String?
    let nulls: String?
    let distinct: Int?
    let averageBytes: Int?
    let isSecret: Bool
  }

  private struct Cell: Sendable {
    let name: String
    let value: String?
  }

  private static let countLimit = 1_000_000

  func addRoutes(to routes: Routes) {
    routes.get("/admin/databases", use: list)
    routes.get("/admin/databases/{context}/{table}", use: show)
  }

  /// `GET /admin/databases`: the tables of every context, and the statements that took most.
  @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
    try admin.administrator(context)

    var databases: [DatabaseView] = []
    var statements: [StatementCost] = []
    var isCounted = true
    for inspection in admin.parts.databases {
      let tables = try await inspection.tables()
      databases.append(view(inspection.context, tables))
      if let costs = try await inspection.statements() {
        statements += costs
      } else {
        isCounted = false
      }
    }
    if !isCounted { statements = admin.parts.slowStatements.all }
    statements.sort { $0.totalMilliseconds > $1.totalMilliseconds }
    let model = ListModel(
      databases: databases,
      statements: statements.prefix(25).map(view),
      hasStatements: !statements.isEmpty,
      isCounted: isCounted
    )

    return try await render("databases", model, context)
  }

  /// `GET /admin/databases/{context}/{table}`: statistics of its columns, and its newest rows; 404.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let (inspection, schema, table) = try place(context)
    let columns = try await inspection.columns(of: table, in: schema)
    guard !columns.isEmpty else { throw Problem.notFound }

    try await admin.accounts.record(
      .tableOpened,
      by: requester,
      details: ["context": inspection.context, "table": "\(schema).\(table)"]
    )
    let count = try await inspection.count(
      of: table,
      in: schema,
      upTo: DatabasePages.countLimit + 1
    )
    let rows = try await inspection.rows(of: table, in: schema, columns)
    let model = TableModel(
      context: inspection.context,
      name: schema == "public" ? table : "\(schema).\(table)",
      count: min(count, DatabasePages.countLimit),
      isMore: count > DatabasePages.countLimit,
      columns: columns.map(view),
      names: rows.columns,
      rows: rows.rows.map { row in zip(rows.columns, row).map { Cell(name: $0, value: $1) } },
      hasRows: !rows.rows.isEmpty
    )

    return try await render("table", model, context)
  }

  private func render(
    _ template: String,
    _ model: some Sendable,
    _ context: WebContext
  ) async throws -> Response {
    try await admin.pages.render(
      "admin/\(template)",
      model,
      section: "admin_databases",
      context: context
    )
  }

  /// The database and the table that the path names: `posts` is that of `public`.
  private func place(_ context: WebContext) throws -> (DatabaseInspection, String, String) {
    let name = try context.text("context")
    guard let inspection = admin.parts.databases.first(where: { $0.context == name }) else {
      throw Problem.notFound
    }
    let parts = try context.text("table").split(separator: ".", maxSplits: 1).map(String.init)
    guard let table = parts.last else { throw Problem.notFound }
    return (inspection, parts.count == 2 ? parts[0] : "public", table)
  }

  private func view(_ context: String, _ tables: [TableSize]) -> DatabaseView {
    DatabaseView(
      context: context,
      sizeBytes: tables.reduce(0) { $0 + $1.sizeBytes },
      tables: tables.map { table in
        let name = table.schema == "public" ? table.name : "\(table.schema).\(table.name)"
        return TableView(
          name: name,
          url: "/admin/databases/\(context)/\(name)",
          rows: table.rows,
          sizeBytes: table.sizeBytes,
          indexBytes: table.indexBytes,
          deadRows: table.deadRows,
          vacuumedAt: table.vacuumedAt
        )
      }
    )
  }

  private func view(_ cost: StatementCost) -> StatementView {
    let mean = cost.totalMilliseconds / Double(max(1, cost.calls))
    return StatementView(
      context: cost.context,
      text: cost.text,
      calls: cost.calls,
      totalMilliseconds: Int(cost.totalMilliseconds),
      meanMilliseconds: "\((mean * 100).rounded() / 100)",
      longestMilliseconds: Int(cost.longestMilliseconds)
    )
  }

  private func view(_ column: ColumnStatistics) -> ColumnView {
    ColumnView(
      name: column.name,
      type: column.type,
      comment: column.comment,
      nulls: column.nullShare.map { "\(Int(($0 * 100).rounded())) %" },
      distinct: column.distinct.map { Int($0.rounded()) },
      averageBytes: column.averageBytes,
      isSecret: column.isSecret
    )
  }
}
