//! Tokio on its single-threaded runtime, which is its fastest here. Argument: service.
use std::io::Read;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const STREAM_BYTES: usize = 256 * 1024;

/// Answers leave together, when the input is used up.
async fn lines(stream: TcpStream) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::with_capacity(4096, read);
    let mut out = Vec::new();
    while read.read_until(b'\n', &mut out).await? > 0 {
        if read.buffer().is_empty() {
            write.write_all(&out).await?;
            out.clear();
        }
    }
    Ok(())
}

async fn sink(mut stream: TcpStream) -> std::io::Result<()> {
    let mut bytes = vec![0; STREAM_BYTES];
    let mut total = 0;
    loop {
        let got = stream.read(&mut bytes).await?;
        if got == 0 {
            break;
        }
        total += got;
    }
    stream.write_all(format!("{total}\n").as_bytes()).await
}

async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let mut bytes = vec![0; STREAM_BYTES];
    loop {
        let got = stream.read(&mut bytes).await?;
        if got == 0 {
            return Ok(());
        }
        stream.write_all(&bytes[..got]).await?;
    }
}

fn listen() -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse().unwrap())?;
    socket.listen(4096)
}

fn main() -> std::io::Result<()> {
    let service = std::env::args().nth(1).unwrap_or_default();
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = listen()?;
        println!("ready {}", listener.local_addr()?.port());
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            match service.as_str() {
                "sink" => tokio::spawn(sink(stream)),
                "echo" => tokio::spawn(echo(stream)),
                _ => tokio::spawn(lines(stream)),
            };
        }
    })
}
