/** Where Redis is, and who we are to it. */

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** An ACL user; a password alone is the default user's. */
export interface Login {
  readonly username?: string;
  readonly password?: string;
}

export interface Access extends Login {
  readonly tls: boolean;
  /** Certificates (PEM) to trust instead of the system's. */
  readonly ca?: string;
}

export interface SentinelPlace extends Access {
  readonly kind: 'sentinel';
  readonly sentinels: readonly Address[];
  /** The name that the Sentinels give the master. */
  readonly master: string;
  readonly sentinelLogin: Login;
}

export interface ClusterPlace extends Access {
  readonly kind: 'cluster';
  /** Some of the nodes: they name the others. */
  readonly nodes: readonly Address[];
}

export interface StandalonePlace extends Access {
  readonly kind: 'standalone';
  readonly address: Address;
  readonly database: number;
}

export type RedisPlace = (StandalonePlace | SentinelPlace | ClusterPlace) & {
  /** A commit is acknowledged when this many replicas have it: 0 asks none. */
  readonly waitReplicas: number;
};
