package reply

// phrases are the words that begin an answer, the longer ones of a verb before those that they begin with. The list is
// documented in docs/admin.md and grows only by what people really write and cannot mean otherwise. Chinese ones are
// there in both scripts.
func phrases() map[Verb][]string {
	return map[Verb][]string{
		Resolve: {
			"resolved", "resolve", "done", "fixed", "closed", "close", "solved", "settled",
			"已经解决", "已解决了", "已解决", "解决了", "已处理完毕", "已处理完", "已处理了", "已处理", "处理完毕", "处理完了", "处理好了", "已完成", "完成了", "完成",
			"已结案", "结案", "已关闭", "关闭",
			"已經解決", "已解決了", "已解決", "解決了", "已處理完畢", "已處理完", "已處理了", "已處理", "處理完畢", "處理完了", "處理好了", "已結案", "結案", "已關閉", "關閉",
		},
		Reopen: {
			"reopened", "reopen", "re-open", "open again", "not resolved", "not done", "not fixed", "unresolved",
			"重新打开", "重新开启", "重开", "还没解决", "没有解决", "没解决", "未解决", "尚未解决",
			"重新打開", "重新開啟", "重開", "還沒解決", "沒有解決", "沒解決", "未解決", "尚未解決",
		},
		FalseAlarm: {
			"false alarm", "false positive", "not a threat", "no threat", "not a complaint", "wrong",
			"误报", "误判", "不是威胁", "没有威胁", "不是投诉",
			"誤報", "誤判", "不是威脅", "沒有威脅", "不是投訴",
		},
		Ack: {
			"acknowledged", "acknowledge", "acked", "ack", "taken", "mine", "on it", "i'm on it", "i’m on it", "got it", "i take it", "i'll take it", "i’ll take it",
			"收到", "我来处理", "我来跟进", "我来", "已接手", "接手", "处理中", "跟进中", "正在处理",
			"我來處理", "我來跟進", "我來", "處理中", "跟進中", "正在處理",
		},
		Snooze: {
			"snooze", "later", "postpone", "remind me",
			"暂缓", "稍后提醒", "稍后", "推迟", "延后", "晚点",
			"暫緩", "稍後提醒", "稍後", "推遲", "延後", "晚點",
		},
		Note: {"note", "备注", "備註", "记录", "記錄"},
	}
}
