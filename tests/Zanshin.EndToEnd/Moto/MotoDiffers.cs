namespace Zanshin.EndToEnd.Moto;

/// <summary>The conformance tests that moto 5 does not pass, by name, and what it was seen to do instead of what SQS documents or was recorded to answer.</summary>
internal static class MotoDiffers
{
    private const string NoMoves = "it has no message move tasks";
    private const string NotFair = "its queues are not fair";

    public static IReadOnlyDictionary<string, string> From { get; } = new Dictionary<string, string>
    {
        ["A_bad_attribute_is_refused"] = "it takes message attributes with bad names and values",
        ["A_message_has_at_most_ten_attributes"] = "it takes more",
        ["A_message_may_have_one_MiB_with_its_attributes_and_no_byte_more"] = "it takes more",
        ["One_bad_entry_of_a_batch_fails_alone"] = "it takes what should fail",
        ["A_forbidden_character_is_refused"] = "it takes it",
        ["An_empty_body_is_missing"] = "it takes it",

        ["A_bad_name_is_refused"] = "it takes an empty name, and a standard queue that ends in .fifo",
        ["A_bad_attribute_is_refused_at_creation_and_later"] = "it takes values out of range and unknown names",
        ["A_fifo_queue_says_so_and_cannot_change_its_kind"] = "it lets the kind be changed",
        ["A_deleted_queues_name_is_free_after_60_seconds_and_the_new_queue_is_empty"] = "the name is free at once",
        ["A_purge_removes_everything_and_a_second_one_within_60_seconds_is_refused"] = "it purges again at once",
        ["A_permission_is_a_statement_in_the_policy"] = "its policy is written in another order",
        ["Tags_are_set_replaced_and_taken_away"] = "it takes keys that begin with aws:",
        ["Creating_again_with_another_attribute_value_is_refused"] = "its error does not name the attribute",
        ["The_sources_of_a_dead_letter_queue_are_listed_in_pages"] = "its lists are in the order of creation, and not in pages",
        ["Queues_are_listed_by_prefix_and_in_pages"] = "its lists are in the order of creation, and not in pages",

        ["A_deleted_messages_handle_deletes_again_but_changes_nothing"] = "it answers another error",
        ["A_redelivered_message_does_not_overtake_those_that_wait"] = "it does",
        ["A_value_out_of_range_is_refused"] = "it takes a negative visibility timeout",
        ["An_unknown_attribute_is_refused_and_takes_nothing"] = "it takes unknown names",

        ["Attributes_are_asked_for_by_name_or_by_how_it_begins"] = "it knows no *",
        ["Switches_are_read_in_any_case"] = "it takes anything",
        ["What_only_fifo_queues_have_is_no_attribute_of_others"] = "it takes them",

        ["Of_what_was_received_together_those_before_the_first_in_flight_come_again"] = "its groups are locked until all are back",
        ["A_batch_with_an_entry_that_lacks_an_id_is_refused_whole"] = "it answers another error",
        ["Sequence_numbers_rise"] = "its are drawn at random",
        ["A_receive_takes_as_much_of_one_group_as_it_can"] = "it goes by the order of sending alone",
        ["Deduplication_by_content_looks_at_the_body_alone"] = "it answers a repeated message with a new id",
        ["Deduplication_can_look_at_one_group_only"] = "it answers a repeated message with a new id",
        ["The_ids_are_asked_for_and_checked"] = "it takes bad ids",

        ["A_dead_letter_queue_says_whose_it_may_be"] = "it has no redrive allow policies",
        ["A_fifo_group_arrives_in_order"] = "it moves them in another order",
        ["Without_its_dead_letter_queue_a_message_is_received_on"] = "it goes on to move it to the deleted queue",
        ["A_bad_policy_is_refused"] = "it takes most",
        ["A_message_received_too_often_goes_to_the_dead_letter_queue"] = "it does not tell DeadLetterQueueSourceArn",
        ["The_source_queues_handle_does_not_reach_the_moved_message"] = "it answers another error",

        ["Who_has_thirty_in_flight_and_over_a_tenth_of_all_stands_back_while_others_wait"] = NotFair,
        ["It_goes_on_as_soon_as_its_share_has_fallen"] = NotFair,
        ["Messages_that_come_back_are_no_longer_in_flight"] = NotFair,
        ["Of_several_noisy_tenants_the_one_with_the_fewest_in_flight_is_first"] = NotFair,

        ["They_can_go_to_another_queue_no_faster_than_asked"] = NoMoves,
        ["One_task_at_a_time_and_it_can_be_cancelled"] = NoMoves,
        ["A_fifo_queues_messages_keep_their_order"] = NoMoves,
        ["What_did_not_come_from_another_queue_stays_and_fails_the_task"] = NoMoves,
        ["What_cannot_be_moved_is_refused"] = NoMoves,
        ["Queues_without_tasks_that_are_asked_for_theirs_do_not_disturb_others"] = NoMoves,
        ["Messages_go_back_where_they_came_from_as_new_ones"] = NoMoves,
        ["A_task_wakes_those_who_wait_for_its_messages"] = NoMoves,
    };
}
