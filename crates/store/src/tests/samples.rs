//! Numbers over time.

use super::{NOW, register, write};
use crate::Write;
use crate::store_test;
use model::history::{Sample, Series};

store_test! {
    async fn samples_are_appended_and_forgotten(database: Database) {
        let store = database.store();
        let (device, other) = (register(&store, "S1").await.id, register(&store, "S2").await.id);
        let sample = |seconds: i64, value: f64| Sample { series: Series::Busy24, at: NOW.plus_seconds(seconds), value };
        for (device, seconds, value) in [(device, 0, 30.0), (device, 20, 40.5), (other, 0, 1.0), (device, 7200, 50.0)] {
            write(&store, vec![Write::Samples { device, samples: vec![sample(seconds, value)] }]).await;
        }
        let all = store.samples(device, NOW).await.unwrap();
        assert_eq!(all, [sample(0, 30.0), sample(20, 40.5), sample(7200, 50.0)]);
        assert_eq!(store.samples(device, NOW.plus_seconds(20)).await.unwrap().len(), 2);
        assert_eq!(store.forget_samples(NOW.plus_seconds(3600), 100).await.unwrap(), 2);
        assert_eq!(store.samples(device, NOW).await.unwrap(), [sample(7200, 50.0)]);
    }

    async fn an_hour_is_bounded(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let many: Vec<Sample> =
            (0..600).map(|n| Sample { series: Series::Light, at: NOW.plus_seconds(n % 60), value: -18.4 }).collect();
        for _ in 0..3 {
            write(&store, vec![Write::Samples { device, samples: many.clone() }]).await;
        }
        assert!(store.samples(device, NOW.plus_seconds(-3600)).await.unwrap().len() <= 600);
    }
}
