import Mustache

/// The assets as templates find them: `{{asset.icons.logo.svg}}`.
struct AssetPlace: MustacheParent, MustacheCustomRenderable {
  let assets: AssetLibrary
  let strings: StringCatalog
  var name = ""

  func child(named part: String) -> Any? {
    AssetPlace(assets: assets, strings: strings, name: name.isEmpty ? part : "\(name).\(part)")
  }

  var renderText: String {
    if let address = assets.address(of: name) { return address }
    strings.report("asset \(name)")
    return "/assets/missing/\(name)"
  }

  var isNull: Bool { false }
}
