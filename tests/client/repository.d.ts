/** The repository's folder, put in by `run.mjs`. */
declare const REPOSITORY: string;
