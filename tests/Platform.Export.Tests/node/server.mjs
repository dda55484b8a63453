// Runs s3rver in a folder, on a free port of this machine, which it prints. It ends with whoever started it: when its input does.
import S3rver from "s3rver";

process.stdin.resume().on("end", () => process.exit(0));
const server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory: process.argv[2], vhostBuckets: false });
const { port } = await server.run();
console.log(port);
