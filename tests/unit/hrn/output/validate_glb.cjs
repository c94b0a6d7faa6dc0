// node validate_glb.cjs VALIDATOR_PACKAGE FILE.glb…
//
// Runs the Khronos glTF validator over each file. Exit status 0 only if no file has an error or a warning.
'use strict';
const fs = require('fs');
const validator = require(process.argv[2]);

async function main() {
    let bad = 0;
    for (const file of process.argv.slice(3)) {
        const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)), {maxIssues: 20});
        const {numErrors, numWarnings, messages} = report.issues;
        for (const message of messages) {
            console.log(`${file}: severity ${message.severity}: ${message.code}: ${message.message}`);
        }
        bad += numErrors + numWarnings;
    }
    process.exitCode = bad === 0 ? 0 : 1;
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 2;
});
