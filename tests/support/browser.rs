//! A headless Chromium, driven over its own protocol (Chrome DevTools): it opens a page, clicks, types, and reads what it sees.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

const PATIENCE: Duration = Duration::from_mins(1);

/// A running browser with one tab. It ends when this is dropped.
pub(crate) struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    commands: u64,
    /// What the tab told without being asked.
    pub(crate) events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser. `None`, and loudly, where there is none; with `BROWSER_NEEDED` set, as in CI, that is a failure.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = program() else {
            assert!(
                std::env::var_os("BROWSER_NEEDED").is_none(),
                "no Chromium was found, and one is needed here"
            );
            eprintln!("skipped: no Chromium was found; the page was not looked at");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--remote-debugging-port=0", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (port, path) = address(profile.path());
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream).unwrap();
        let (session, events) = (String::new(), Vec::new());
        let mut browser = Self { child, socket, session, commands: 0, events, _profile: profile };
        browser.attach();
        Some(browser)
    }

    fn attach(&mut self) {
        let target =
            self.command("Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = self.command("Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        attached["sessionId"].as_str().unwrap().clone_into(&mut self.session);
        for part in ["Page", "Runtime", "Log", "Network"] {
            self.command(&format!("{part}.enable"), &json!({}));
        }
    }

    /// Opens a file and waits until the page has drawn itself; how long that took.
    pub(crate) fn open(&mut self, file: &Path) -> Duration {
        self.events.clear();
        let url = url::Url::from_file_path(file).unwrap();
        let begun = Instant::now();
        self.command("Page.navigate", &json!({ "url": url.as_str() }));
        self.wait_for("document.body && document.body.dataset.ready === '1'");
        begun.elapsed()
    }

    /// What an expression gives.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true });
        let mut answer = self.command("Runtime.evaluate", &asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    #[track_caller]
    pub(crate) fn wait_for(&mut self, condition: &str) {
        let begun = Instant::now();
        while self.evaluate(&format!("Boolean({condition})")) != json!(true) {
            assert!(begun.elapsed() < PATIENCE, "it never came to be that {condition}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The text of the first element, as a person sees it.
    #[track_caller]
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let text = self.evaluate(&format!("document.querySelector({}).innerText", json!(selector)));
        text.as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn count(&mut self, selector: &str) -> u64 {
        self.evaluate(&format!("document.querySelectorAll({}).length", json!(selector))).as_u64().unwrap()
    }

    /// Presses and releases the mouse on the middle of the first element.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let place = self.evaluate(&format!(
            "(() => {{ const it = document.querySelector({}); it.scrollIntoView({{ block: 'center' }}); \
             const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.command("Input.dispatchMouseEvent", &event);
        }
    }

    /// Writes into a field, in the stead of what stands there.
    #[track_caller]
    pub(crate) fn write(&mut self, selector: &str, text: &str) {
        self.click(selector);
        self.evaluate(&format!("document.querySelector({}).select()", json!(selector)));
        if text.is_empty() {
            for kind in ["keyDown", "keyUp"] {
                let event =
                    json!({ "type": kind, "key": "Delete", "code": "Delete", "windowsVirtualKeyCode": 46 });
                self.command("Input.dispatchKeyEvent", &event);
            }
        } else {
            self.command("Input.insertText", &json!({ "text": text }));
        }
    }

    /// Chooses from a list, as a person does.
    #[track_caller]
    pub(crate) fn choose(&mut self, selector: &str, value: &str) {
        self.evaluate(&format!(
            "(() => {{ const it = document.querySelector({}); it.value = {}; it.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()",
            json!(selector),
            json!(value)
        ));
    }

    /// The events of one kind.
    pub(crate) fn told(&self, method: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["method"] == method).map(|event| &event["params"]).collect()
    }

    /// Sends a command and waits for its answer.
    #[track_caller]
    pub(crate) fn command(&mut self, method: &str, parameters: &Value) -> Value {
        self.commands += 1;
        let mut command = json!({ "id": self.commands, "method": method, "params": parameters });
        if !self.session.is_empty() {
            command["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(command.to_string())).unwrap();
        loop {
            let message = self.socket.read().unwrap_or_else(|error| panic!("{method}: {error}"));
            let Message::Text(text) = message else { continue };
            let mut answer: Value = serde_json::from_str(text.as_str()).unwrap();
            if answer["id"] == json!(self.commands) {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
            assert!(answer["method"] != "Page.javascriptDialogOpening", "a dialog opened: {answer}");
            self.events.push(answer);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first Chromium on the path.
fn program() -> Option<std::path::PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let folders: Vec<_> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// Where the browser listens: it says so in a file.
fn address(profile: &Path) -> (u16, String) {
    let begun = Instant::now();
    loop {
        let told = std::fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = told.split_once('\n')
            && !path.trim().is_empty()
        {
            return (port.parse().unwrap(), path.trim().to_owned());
        }
        assert!(begun.elapsed() < PATIENCE, "the browser did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
}
