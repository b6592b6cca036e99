//! A device on paper, with the tasks that a database would hold for it.

use super::*;
use cwmp::ParameterInfo;
use model::SubscriberId;
use model::device::Identity;

/// A device on paper, and the tasks as the database would hold them.
pub struct Paper {
    pub record: DeviceRecord,
    pub tree: Option<Arc<Tree>>,
    pub tasks: BTreeMap<i64, TaskRecord>,
    pub values: BTreeMap<String, (String, bool)>,
    pub next_row: u32,
    /// Parameters of a new row.
    pub row: &'static [&'static str],
    /// Requests that the device got, in order.
    pub got: Vec<AcsRequest>,
    pub events: Vec<EventKind>,
    pub now: i64,
    /// Answers a request before the device itself does.
    pub refuse: fn(&AcsRequest) -> Option<Fault>,
    /// Answers requests of this method with this fault.
    pub fault: Option<(&'static str, u32)>,
    /// GetParameterValues tells no types.
    pub untyped: bool,
    /// Version that runs as soon as Download is answered.
    pub flashes: Option<&'static str>,
    /// Status in answers to changes.
    pub status: u32,
    /// SetParameterValues says yes and changes nothing.
    pub stubborn: bool,
    pub limits: Limits,
    /// Beside connection-request credentials.
    pub offers: Offers,
    /// Of CWMP.
    pub version: &'static str,
    /// Files that came for tasks.
    pub received: HashMap<TaskId, model::FileId>,
    /// How Download and Upload are answered.
    pub started: cwmp::TransferStarted,
    /// Transfers that the device lists.
    pub queue: Vec<cwmp::QueuedTransfer>,
    /// Notification by path.
    pub reporting: BTreeMap<String, u8>,
}

pub fn record() -> DeviceRecord {
    DeviceRecord {
        id: DeviceId(7),
        identity: Identity {
            manufacturer: "Kestrel".into(),
            oui: "00D09E".into(),
            product_class: "HG".into(),
            serial: "1".into(),
        },
        model: String::new(),
        hardware_version: String::new(),
        software_version: String::new(),
        address: String::new(),
        data_model: DataModel::Unknown,
        cwmp_version: String::new(),
        mac: String::new(),
        first_seen: Timestamp(0),
        last_inform: Timestamp(0),
        late_at: Timestamp(0),
        overdue_at: Timestamp(0),
        rebooting_until: None,
        inform_interval: None,
        connection_request_url: String::new(),
        connection_request_username: String::new(),
        connection_request_password: String::new(),
        reach_success: None,
        reach_failure: None,
        parameter_key: String::new(),
        subscriber: None::<SubscriberId>,
        tree_read_at: None,
        parameter_count: 0,
        inform_digest: 0,
        quirks: String::new(),
        provisioning_code: String::new(),
        ppp_user: String::new(),
        retry_count: 0,
        udp_address: String::new(),
        jabber_id: String::new(),
        reach: String::new(),
        enrolment: model::device::Enrolment::Approved,
        cpe_username: String::new(),
        cpe_password: String::new(),
        cpe_pending: String::new(),
        overrides: String::new(),
        stuck: None,
        found_by: String::new(),
    }
}

pub fn links() -> Arc<Links> {
    Arc::new(Links::new("http://192.0.2.1:7548", [7; 32], 3_600_000))
}

impl Paper {
    pub fn new() -> Self {
        let values = [
            ("Device.DeviceInfo.ModelName", "HG640", false),
            ("Device.DeviceInfo.SoftwareVersion", "4.2.0", false),
            ("Device.ManagementServer.PeriodicInformInterval", "300", true),
            ("Device.ManagementServer.ConnectionRequestUsername", "", true),
            ("Device.ManagementServer.ConnectionRequestPassword", "", true),
            (CHANNEL, "6", true),
            ("Device.WiFi.AccessPoint.1.Security.KeyPassphrase", "", true),
            ("Device.NAT.PortMapping.1.ExternalPort", "80", true),
        ];
        Self {
            record: record(),
            tree: None,
            tasks: BTreeMap::new(),
            values: values.into_iter().map(|(name, value, w)| (name.to_owned(), (value.to_owned(), w))).collect(),
            next_row: 2,
            row: &["ExternalPort"],
            got: Vec::new(),
            events: Vec::new(),
            now: 1_000_000,
            refuse: |_| None,
            fault: None,
            untyped: false,
            flashes: None,
            status: 0,
            stubborn: false,
            limits: Limits {
                rpcs: 64,
                parameters: 1000,
                provision: true,
                retry: RetryPolicy { times: 4, pause_ms: 60_000 },
            },
            offers: Offers::default(),
            version: "1.2",
            received: HashMap::new(),
            started: cwmp::TransferStarted { status: 1, ..Default::default() },
            queue: Vec::new(),
            reporting: BTreeMap::new(),
        }
    }

    /// A device that was discovered before.
    pub fn known() -> Self {
        let mut paper = Self::new();
        paper.session(&[EventCode::Bootstrap]);
        paper.got.clear();
        paper.events.clear();
        paper
    }

    pub fn task(&mut self, kind: TaskKind) -> TaskId {
        let id = self.tasks.len() as i64 + 1;
        let at = Timestamp(self.now);
        let record = TaskRecord {
            id: TaskId(id),
            device: DeviceId(7),
            kind,
            state: TaskState::Queued,
            by: "Maria".into(),
            created_at: at,
            updated_at: at,
            steps: vec![TaskStep { state: TaskState::Queued, at }],
            note: None,
            outcome: None,
            progress: String::new(),
            attempts: 0,
            campaign: None,
        };
        self.tasks.insert(id, record);
        TaskId(id)
    }

    pub fn inform(&self, events: &[EventCode]) -> Inform {
        Inform {
            identity: self.record.identity.clone(),
            events: events.iter().map(|code| Event::new(code.clone(), "")).collect(),
            parameters: vec![ParameterValue {
                name: "Device.DeviceInfo.SoftwareVersion".into(),
                value: self.values["Device.DeviceInfo.SoftwareVersion"].0.clone(),
                ..ParameterValue::default()
            }],
            ..Inform::default()
        }
    }

    pub fn open(&mut self, inform: &Inform) -> Session {
        let tasks: Vec<_> = self.tasks.values().filter(|task| !task.state.ended()).cloned().collect();
        let needs = Session::needs_tree(&self.record, inform, &tasks) || !self.offers.values.is_empty();
        let opening = Opening {
            record: self.record.clone(),
            first_contact: self.record.last_inform == Timestamp(0),
            tasks,
            tree: needs.then(|| self.tree.clone().unwrap_or_default()),
            learnt: Capabilities::from_json(&self.record.quirks),
            dialect: Dialect::default(),
            limits: self.limits,
            cwmp_version: self.version.into(),
            links: links(),
            received: self.received.clone(),
            address: "192.0.2.7".into(),
            offers: Offers {
                connection_request: Credentials { username: "u".into(), password: "p".into() },
                ..self.offers.clone()
            },
        };
        let (session, step) = Session::open(opening, inform, Timestamp(self.now));
        assert_eq!(step.message, Some(AcsMessage::Response(AcsResponse::Inform)));
        self.store(&session, step.writes);
        session
    }

    /// Does what the store does; answers whether the claim in it, if any, was applied.
    pub fn store(&mut self, session: &Session, writes: Vec<Write>) -> bool {
        let mut claimed = true;
        for write in writes {
            match write {
                Write::Task { id, from, update } => {
                    let task = self.tasks.get_mut(&id.0).unwrap();
                    if !from.contains(&task.state) {
                        claimed &= update.attempts.is_none();
                        continue;
                    }
                    if let Some(step) = update.step {
                        assert!(!task.state.ended(), "task {id} ended twice");
                        task.state = step.state;
                        task.steps.push(step);
                    }
                    if let Some(kind) = update.kind {
                        task.kind = kind;
                    }
                    if let Some(progress) = update.progress {
                        task.progress = progress;
                    }
                    if let Some(outcome) = update.outcome {
                        task.outcome = Some(outcome);
                    }
                    if let Some(note) = update.note {
                        task.note = note;
                    }
                    task.attempts = update.attempts.unwrap_or(task.attempts);
                }
                Write::Tree { tree, .. } => self.tree = Some(tree),
                Write::Event { kind, .. } => self.events.push(kind),
                Write::Device { .. } | Write::Hot { .. } | Write::Samples { .. } => {}
            }
        }
        self.record = session.record.clone();
        self.record.quirks = session.learnt.to_json();
        claimed
    }

    /// The device's answer to a request, changing it.
    pub fn answer(&mut self, request: &AcsRequest) -> Result<CpeResponse, Fault> {
        self.got.push(request.clone());
        if let Some(fault) = (self.refuse)(request) {
            return Err(fault);
        }
        if let Some((method, code)) = self.fault
            && method == request.method()
        {
            return Err(Fault { code, ..Fault::default() });
        }
        match request {
            AcsRequest::GetParameterNames { path, next_level } => {
                let mut found = BTreeMap::new();
                for (name, (_, writable)) in self.values.iter().filter(|(name, _)| name.starts_with(path.as_str())) {
                    let mut end = path.len();
                    while let Some(dot) = name[end..].find('.') {
                        end += dot + 1;
                        found.insert(name[..end].to_owned(), true);
                        if *next_level {
                            break;
                        }
                    }
                    if !next_level || !name[path.len()..].contains('.') {
                        found.insert(name.clone(), *writable);
                    }
                }
                let parameters = found.into_iter().map(|(name, writable)| ParameterInfo { name, writable }).collect();
                Ok(CpeResponse::GetParameterNames { parameters })
            }
            AcsRequest::GetParameterValues { names } => {
                let asked =
                    |name: &str| names.iter().any(|n| n == name || (n.ends_with('.') && name.starts_with(n.as_str())));
                let parameters = self
                    .values
                    .iter()
                    .filter(|(name, _)| asked(name))
                    .map(|(name, (value, _))| ParameterValue {
                        name: name.clone(),
                        value: if model::task::is_secret_name(name) { String::new() } else { value.clone() },
                        value_type: match name.rsplit('.').next() {
                            Some("Channel") if !self.untyped => ValueType::UnsignedInt,
                            _ => ValueType::String,
                        },
                        untyped: self.untyped,
                    })
                    .collect();
                Ok(CpeResponse::GetParameterValues { parameters })
            }
            AcsRequest::SetParameterValues { values, .. } => {
                for value in values.iter().filter(|_| !self.stubborn) {
                    self.values.get_mut(&value.name).unwrap().0.clone_from(&value.value);
                }
                Ok(CpeResponse::SetParameterValues { status: self.status })
            }
            AcsRequest::AddObject { object, .. } => {
                let instance = self.next_row;
                self.next_row += 1;
                for name in self.row {
                    self.values.insert(format!("{object}{instance}.{name}"), (String::new(), true));
                }
                Ok(CpeResponse::AddObject { instance: Some(instance), status: 0 })
            }
            AcsRequest::DeleteObject { object, .. } => {
                self.values.retain(|name, _| !name.starts_with(object.as_str()));
                Ok(CpeResponse::DeleteObject { status: 0 })
            }
            AcsRequest::Reboot { .. } => Ok(CpeResponse::Reboot),
            AcsRequest::FactoryReset => Ok(CpeResponse::FactoryReset),
            AcsRequest::Download(_) => {
                if let Some(version) = self.flashes {
                    version.clone_into(&mut self.values.get_mut("Device.DeviceInfo.SoftwareVersion").unwrap().0);
                }
                Ok(CpeResponse::Download(self.started.clone()))
            }
            AcsRequest::Upload(_) => Ok(CpeResponse::Upload(self.started.clone())),
            AcsRequest::ScheduleDownload(_) => Ok(CpeResponse::ScheduleDownload),
            AcsRequest::CancelTransfer { .. } => Ok(CpeResponse::CancelTransfer),
            AcsRequest::GetAllQueuedTransfers => {
                Ok(CpeResponse::GetAllQueuedTransfers { transfers: self.queue.clone() })
            }
            AcsRequest::ScheduleInform { .. } => Ok(CpeResponse::ScheduleInform),
            AcsRequest::ChangeDuState { .. } => Ok(CpeResponse::ChangeDuState),
            AcsRequest::GetOptions { name } => Ok(CpeResponse::GetOptions {
                options: vec![cwmp::CpeOption { name: name.clone(), mode: 2, ..Default::default() }],
            }),
            AcsRequest::SetVouchers { .. } => Ok(CpeResponse::SetVouchers),
            AcsRequest::GetQueuedTransfers => Ok(CpeResponse::GetQueuedTransfers { transfers: self.queue.clone() }),
            AcsRequest::GetRpcMethods => {
                Ok(CpeResponse::GetRpcMethods { methods: vec!["Inform".into(), "Download".into()] })
            }
            AcsRequest::SetParameterAttributes { attributes } => {
                for one in attributes {
                    self.reporting.insert(one.name.clone(), one.notification.unwrap_or(0));
                }
                Ok(CpeResponse::SetParameterAttributes)
            }
            AcsRequest::GetParameterAttributes { names } => {
                let read = |name: &String| cwmp::ParameterAttribute {
                    name: name.clone(),
                    notification: self.reporting.get(name).copied().unwrap_or(0),
                    access_list: Vec::new(),
                };
                Ok(CpeResponse::GetParameterAttributes { parameters: names.iter().map(read).collect() })
            }
            AcsRequest::Vendor { method, body } => {
                Ok(CpeResponse::Unknown { method: method.clone(), body: body.clone() })
            }
            AcsRequest::Unknown { method } => panic!("{method}"),
        }
    }

    /// One whole session. With `cut_before_answer`, the line breaks when the nth request is with the device, which has
    /// carried it out; the answer is lost.
    pub fn run(&mut self, events: &[EventCode], cut_before_answer: Option<usize>) {
        let events: Vec<_> = events.iter().map(|code| Event::new(code.clone(), "")).collect();
        self.run_with(&events, Vec::new(), cut_before_answer);
    }

    /// As [`Self::run`], with requests of the device before its empty POST.
    pub fn run_with(&mut self, events: &[Event], requests: Vec<CpeRequest>, cut_before_answer: Option<usize>) {
        self.now += 1000;
        let inform = Inform { events: events.to_vec(), ..self.inform(&[]) };
        let mut session = self.open(&inform);
        for request in requests {
            let step = session.step(Incoming::Request(request), Timestamp(self.now));
            assert!(matches!(step.message, Some(AcsMessage::Response(_))), "{:?}", step.message);
            self.store(&session, step.writes);
        }
        let mut incoming = Incoming::Empty;
        let mut requests = 0;
        loop {
            self.now += 10;
            let mut step = session.step(incoming, Timestamp(self.now));
            while !self.store(&session, std::mem::take(&mut step.writes)) {
                step = session.claim_lost(step.claim.unwrap(), Timestamp(self.now));
            }
            let Some(AcsMessage::Request(request)) = step.message else {
                assert!(session.ended());
                return;
            };
            let answer = self.answer(&request);
            requests += 1;
            assert!(requests < 100, "does not end");
            if cut_before_answer == Some(requests) {
                let writes = session.broke_off("cut", Timestamp(self.now));
                self.store(&session, writes);
                return;
            }
            incoming = Incoming::Answer { id: step.id, answer };
        }
    }

    pub fn session(&mut self, events: &[EventCode]) {
        self.run(events, None);
    }

    pub fn methods(&self) -> Vec<&str> {
        self.got.iter().map(AcsRequest::method).collect()
    }

    pub fn of(&self, task: TaskId) -> &TaskRecord {
        &self.tasks[&task.0]
    }

    pub fn states(&self, task: TaskId) -> Vec<TaskState> {
        self.of(task).steps.iter().map(|step| step.state).collect()
    }
}
