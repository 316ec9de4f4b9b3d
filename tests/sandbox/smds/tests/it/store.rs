//! Events in a folder: shared by processes, private.

use std::path::Path;
use std::sync::Arc;

use lpakit_sandbox_rsp_server::folder::FolderError;
use lpakit_sandbox_smds::event::Event;
use lpakit_sandbox_smds::store::{EventStore, FolderEvents, MemoryEvents};

use crate::card::Card;
use crate::world::World;

fn open(folder: &Path) -> Arc<dyn EventStore> {
    Arc::new(FolderEvents::open(folder).unwrap())
}

fn event(event_id: &str) -> Event {
    Event::new(&Card::new().eid(), event_id, "smdp.example.com")
}

#[tokio::test]
async fn an_event_registered_beside_the_running_server_is_told_and_outlives_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(open(folder.path()), |_| ()).await;
    assert!(open(folder.path()).register(&event("A")).unwrap());
    assert_eq!(world.entries(&Card::new(), None).await.len(), 1);
    drop(world);
    let next = World::with(open(folder.path()), |_| ()).await;
    assert_eq!(next.entries(&Card::new(), None).await.len(), 1);
}

#[test]
fn both_stores_keep_the_order_and_each_event_once() {
    let folder = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn EventStore>; 2] = [open(folder.path()), Arc::new(MemoryEvents::new())];
    for store in stores {
        for id in ["C", "A", "B"] {
            assert!(store.register(&event(id)).unwrap());
            assert!(!store.register(&event(id)).unwrap());
        }
        let eid = event("A").eid;
        assert!(!store.delete(&eid, "A", &|_| false).unwrap());
        assert!(store.delete(&eid, "A", &|_| true).unwrap());
        assert!(!store.delete(&eid, "A", &|_| true).unwrap());
        assert!(store.register(&event("A")).unwrap());
        let ids: Vec<String> =
            store.events().unwrap().into_iter().map(|event| event.event_id).collect();
        assert_eq!(ids, ["C", "B", "A"]);
    }
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only_and_tell_nothing_by_their_names() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).register(&event("../SECRET")).unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path().join("events")).unwrap().collect();
    assert_eq!(files.len(), 1);
    let file = files[0].as_ref().unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!file.file_name().to_string_lossy().contains("SECRET"));
}

#[test]
fn damaged_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    std::fs::write(folder.path().join("events/00.json"), "{").unwrap();
    assert!(matches!(store.events(), Err(FolderError::Damaged { .. })));
}
