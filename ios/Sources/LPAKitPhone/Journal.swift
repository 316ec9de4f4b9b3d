import Foundation
import LPAKit

/// The requests that were made, without their codes: the newest sixteen, in a file. What cannot be written is kept in
/// memory; what cannot be read is forgotten.
final class Journal: Sendable {
    /// What is remembered of a request.
    struct Entry: Codable {
        let id: String
        var state: String
        var key: String?
        var arguments: [String: String]?
    }

    private static let most = 16
    private let file: URL?
    private let entries: Locked<[Entry]>

    init(_ file: URL?) {
        self.file = file
        let data = file.flatMap { try? Data(contentsOf: $0) }
        entries = Locked(data.flatMap { try? JSONDecoder().decode([Entry].self, from: $0) } ?? [])
    }

    var all: [Entry] { entries.withLock { $0 } }

    func find(_ id: String) -> Entry? { all.first { $0.id == id } }

    /// Remembers where a request is now; with `ifUnderWay`, only when nothing better is known of it.
    func note(_ id: String, _ ending: EsimOutcome.Ending?, ifUnderWay: Bool = false) {
        var entry = Entry(id: id, state: SavedRequest.State.underWay.rawValue)
        switch ending {
        case nil: break
        case .installed: entry.state = SavedRequest.State.installed.rawValue
        case .handedOver: entry.state = SavedRequest.State.handedOver.rawValue
        // The code was given back: there is nothing to wait for.
        case .otherScreen: return
        case .ended(let error):
            entry.state = SavedRequest.State.ended.rawValue
            entry.key = error.key
            entry.arguments = error.arguments
        }
        change { entries in
            if let at = entries.firstIndex(where: { $0.id == id }) {
                if ifUnderWay, entries[at].ending != nil { return }
                entries[at] = entry
            } else if !ifUnderWay {
                entries = (entries + [entry]).suffix(Self.most)
            }
        }
    }

    func forget(_ id: String) { change { $0.removeAll { $0.id == id } } }

    private func change(_ work: (inout [Entry]) -> Void) {
        entries.withLock { entries in
            work(&entries)
            guard let file, let data = try? JSONEncoder().encode(entries) else { return }
            let folder = file.deletingLastPathComponent()
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try? data.write(to: file, options: .atomic)
        }
    }
}

extension Journal.Entry {
    /// How it ended, as far as is known; nothing while it is under way.
    var ending: EsimOutcome.Ending? {
        switch SavedRequest.State(rawValue: state) {
        case .underWay: nil
        case .installed: .installed
        case .handedOver: .handedOver
        case .ended, nil: .ended(.named(key ?? "os.unknown", arguments: arguments ?? [:]))
        }
    }
}
