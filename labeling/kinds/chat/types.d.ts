// What passes between the modules of the kind `chat`. Ambient, as labeling/static/labeling/types.d.ts.

/** What is said of one turn, or of the whole conversation. */
interface ChatJudgement { ratings: Record<string, any>; notes: Record<string, string>; correction: string }
/** By place. */
type ChatSaid = Map<number, ChatJudgement>;
