public import ArtelPostgres
public import ArtelTelemetry

extension PostgresError: ReportableError {
  /// Code, SQLSTATE and the names of what refused; never a value.
  public var report: String { description }
}
