import AccountsContract
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// Switches, and the settings that the operator decided.
struct SettingPages: Sendable {
  let admin: Admin

  private struct Model: Sendable {
    let switches: [SwitchView]
    let settings: [SettingInEffect]
  }

  private struct SwitchView: Sendable {
    let name: String
    let text: String
    let hint: String
    let question: String
    let isOn: Bool
    let turnedAt: Date?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/admin/settings", use: show)
    routes.post("/admin/switches/{name}", use: turn)
  }

  /// `GET /admin/settings`: switches to turn, settings to read.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try admin.administrator(context)

    let switches = try await admin.accounts.switches()
    let model = Model(
      switches: switches.map { view($0, context) },
      settings: admin.parts.settings
    )

    return try await admin.pages.render(
      "admin/settings",
      model,
      section: "admin_settings",
      context: context
    )
  }

  private func view(_ record: SwitchRecord, _ context: WebContext) -> SwitchView {
    func text(_ part: String) -> String {
      admin.pages.text("admin.switch.\(record.name.rawValue).\(part)", in: context.language)
    }
    return SwitchView(
      name: record.name.rawValue,
      text: text("name"),
      hint: text(record.isOn ? "on" : "off"),
      question: text("question"),
      isOn: record.isOn,
      turnedAt: record.turnedAt
    )
  }

  /// `POST /admin/switches/{name}`: 303; 404 for a switch that there is not.
  @Sendable func turn(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    guard let name = SwitchName(rawValue: try context.text("name")) else { throw Problem.notFound }
    let form = try await request.form(SwitchForm.self)

    return try await context.answer("/admin/settings", saying: "admin_switch_turned") {
      try await admin.accounts.turn(name, on: form.isOn, by: requester)
    }
  }
}

/// How a switch is to stand.
struct SwitchForm: Form {
  let isOn: Bool

  init(_ fields: inout FormReader) {
    isOn = fields.boolean("on")
  }
}
