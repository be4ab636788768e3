import type { Protocol } from './protocol';
import { Answer } from '../call';

export interface Route {
  readonly method: string;
  /** `/functions/{FunctionName}`: braces name the members that the path carries. */
  readonly path: string;
  /** Status of a success; 200 if not given. */
  readonly status?: number;
  /** The member that is the request's body itself, not a member of a JSON document. */
  readonly rawBody?: string;
}

/** The operation in method and path; input in path, query, headers and a JSON body. */
export function restJson(routes: Readonly<Record<string, Route>>): Protocol {
  const compiled = Object.entries(routes).map(([operation, route]) => ({ operation, route, segments: route.path.split('/') }));
  return {
    identify(request) {
      const path = request.path.replace(/\/$/, '').split('/');
      for (const { operation, route, segments } of compiled) {
        if (route.method !== request.method || segments.length !== path.length) continue;
        const members: Record<string, unknown> = {};
        const fits = segments.every((segment, position) => {
          const name = /^\{(.+)\}$/.exec(segment)?.[1];
          if (name) members[name] = decodeURIComponent(path[position]!);
          return name !== undefined || segment === path[position];
        });
        if (!fits) continue;
        for (const [name, value] of request.query) members[name] = value;
        if (route.rawBody) return { operation, input: { ...members, [route.rawBody]: request.body, headers: request.headers } };
        const document = request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : {};
        return { operation, input: { ...document, ...members } };
      }
      return undefined;
    },
    encode: (operation, output, requestId) => new Answer(
      routes[operation]?.status ?? 200,
      { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
      JSON.stringify(output),
    ),
    fail: (error, requestId) => new Answer(
      error.status,
      { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': error.code },
      JSON.stringify({ Type: error.status < 500 ? 'User' : 'Server', Message: error.message, message: error.message, ...error.details }),
    ),
  };
}
